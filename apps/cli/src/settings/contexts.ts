import { join } from "node:path";
import { CliError } from "../command/cli-error.ts";
import { readSecretFile, settingsDirectory, writeSecretFile } from "./settings-directory.ts";

/** A Stave that somebody has signed in to. */
export type Context = { readonly url: string; readonly token?: string };

export type Contexts = {
  /** What is used when nobody says which. */
  readonly current?: string;
  readonly contexts: Readonly<Record<string, Context>>;
};

const fileName = "config.json";

/** Throws `Usage` when the file is not what `stave` writes. */
export async function readContexts(environment: NodeJS.ProcessEnv): Promise<Contexts> {
  const file = join(settingsDirectory(environment), fileName);
  const text = await readSecretFile(file);
  if (text === undefined) return { contexts: {} };
  const contexts = parseContexts(text);
  if (contexts === undefined) {
    throw new CliError("Usage", `${file} is damaged.`, {
      why: "It is not what stave login writes.",
      next: [`rm ${file}`, "stave login URL"],
    });
  }
  return contexts;
}

export async function writeContexts(environment: NodeJS.ProcessEnv, contexts: Contexts): Promise<void> {
  await writeSecretFile(settingsDirectory(environment), fileName, `${JSON.stringify(contexts, null, 2)}\n`);
}

function parseContexts(text: string): Contexts | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || !isRecord(value.contexts)) return undefined;
  const { current } = value;
  if (current !== undefined && typeof current !== "string") return undefined;
  const entries = Object.entries(value.contexts);
  if (!entries.every((entry): entry is [string, Context] => isContext(entry[1]))) return undefined;
  // From entries: a context may be called __proto__.
  return { ...(current !== undefined && { current }), contexts: Object.fromEntries(entries) };
}

function isContext(value: unknown): value is Context {
  if (!isRecord(value)) return false;
  return typeof value.url === "string" && (value.token === undefined || typeof value.token === "string");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
