import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import type { ApiClient } from "../../api/api-client.ts";
import { CliError } from "../../command/cli-error.ts";
import type { Prompts } from "../../command/prompts.ts";

export type Engine = "stave" | "external" | "rustfs" | "minio" | "custom";

type Parameters = Readonly<Record<string, unknown>>;

type PropertySchema = {
  readonly type?: string;
  readonly items?: { readonly type?: string };
  readonly description?: string;
  readonly writeOnly?: boolean;
  readonly enum?: readonly unknown[];
};

/** What an engine takes. */
export type ParameterSchema = {
  readonly properties: Readonly<Record<string, PropertySchema>>;
  readonly required: readonly string[];
  /** Those that stay as they were made. */
  readonly readonly: readonly string[];
};

export async function readParameterSchema({ call }: ApiClient, engine: Engine): Promise<ParameterSchema> {
  const { body } = await call("get /api/external-services/types/{type}/parameters", {
    params: { type: "s3" },
    query: { engine },
  });
  const { properties = {}, required = [], readonly } = body as Partial<ParameterSchema>;
  return { properties, required, readonly: readonly ?? [] };
}

/** `-s key=value` as the engine takes it: on the command line all is text. Throws `Usage` for what it does not take, and for secrets. */
export function readPairs(
  pairs: readonly (readonly [string, string])[],
  { properties }: ParameterSchema,
  engine: Engine,
): Parameters {
  return Object.fromEntries(
    pairs.map(([key, value]) => {
      const schema = Object.hasOwn(properties, key) ? properties[key] : undefined;
      if (schema === undefined) {
        throw new CliError("Usage", `The engine ${engine} has no parameter "${key}".`, {
          why: `It has ${Object.keys(properties).join(", ")}.`,
          next: [`stave services types ${engine}`],
        });
      }
      if (schema.writeOnly === true) {
        throw new CliError("Usage", `${key} is not taken from the command line: others could read it there.`, {
          next: ["name a file with --secret-file FILE", "or pipe it in with --secret-stdin"],
        });
      }
      return [key, typed(key, value, schema)];
    }),
  );
}

function typed(key: string, value: string, { type, items }: PropertySchema): unknown {
  if (type === "integer" || type === "number") {
    if (/^-?\d{1,16}(?:\.\d+)?$/.test(value)) return Number(value);
    throw new CliError("Usage", `Expected ${key} to be a number, got "${value}".`);
  }
  if (type === "boolean") {
    if (value === "true" || value === "false") return value === "true";
    throw new CliError("Usage", `Expected ${key} to be true or false, got "${value}".`);
  }
  if (type === "array") {
    const isNumber = items?.type === "integer";
    return value === "" ? [] : value.split(",").map((one) => (isNumber ? Number(one) : one));
  }
  if (type === "object") {
    throw new CliError("Usage", `${key} has parts of its own.`, {
      next: [`write {"${key}": {…}} into a file, and name it with --parameters FILE`],
    });
  }
  return value;
}

const maxFileBytes = 1024 ** 2;

/** A file with parameters as JSON. `-` is stdin. */
export async function readParameterFile(path: string, stdin: NodeJS.ReadStream): Promise<Parameters> {
  const content = await readInput(path, stdin);
  try {
    const value: unknown = JSON.parse(content);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Parameters;
  } catch {
    // Said below: what JSON.parse says may have a secret of the file in it.
  }
  throw new CliError("Usage", `Expected a JSON object in ${path}.`);
}

/** The first line of a file. `-` is stdin. */
export async function readSecretFile(path: string, stdin: NodeJS.ReadStream): Promise<string> {
  const [line = ""] = (await readInput(path, stdin)).split(/\r?\n/);
  if (line === "") throw new CliError("Usage", `There is no secret in ${path}.`);
  return line;
}

async function readInput(path: string, stdin: NodeJS.ReadStream): Promise<string> {
  let content: string;
  try {
    content = path === "-" ? await text(stdin) : await readFile(path, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError("Usage", `${path} could not be read.`, { why, cause: error });
  }
  if (content.length > maxFileBytes) throw new CliError("Usage", `${path} is longer than 1 MiB.`);
  return content;
}

/** Asks for what is required and missing. Throws `Usage` with its name where nobody can be asked. */
export async function askMissing(
  given: Parameters,
  schema: ParameterSchema,
  { prompts, command }: { readonly prompts: Prompts; readonly command: string },
): Promise<Parameters> {
  const all: Record<string, unknown> = { ...given };
  for (const name of schema.required.filter((name) => name !== "engine" && all[name] === undefined)) {
    const { description = name, writeOnly = false } = schema.properties[name] ?? {};
    const flag = writeOnly ? "--secret-file FILE" : `-s ${name}=VALUE`;
    if (!prompts.canAsk) {
      throw new CliError("Usage", `The required parameter ${name} is missing.`, { next: [`${command} ${flag}`] });
    }
    const question = `${name}: ${description}`;
    all[name] = writeOnly ? await prompts.secret(question, { flag }) : await prompts.text(question, { flag });
  }
  return all;
}
