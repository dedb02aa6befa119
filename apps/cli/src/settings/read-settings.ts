import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CliError } from "../command/cli-error.ts";
import { type Contexts, readContexts } from "./contexts.ts";

/** Where a value comes from. The first that has one wins, in this order. */
export type Origin = "flag" | "environment" | "project file" | "context" | "default";

export type Setting<Value> = { readonly value: Value; readonly from: Origin; readonly where?: string };

/** Which Stave is meant, and as whom. */
export type Settings = {
  readonly url: Setting<string>;
  readonly token: Setting<string> | undefined;
  readonly context: Setting<string> | undefined;
  readonly contexts: Contexts;
};

export const defaultUrl = "http://127.0.0.1:7400";

type Flags = { readonly url?: string | undefined; readonly context?: string | undefined };

type ProjectFile = { readonly file: string; readonly url?: string; readonly context?: string };

/** Flag, environment, project file, context, default. Throws `Usage` for a context that there is not. */
export async function readSettings(
  flags: Flags,
  { environment, directory }: { readonly environment: NodeJS.ProcessEnv; readonly directory: string },
): Promise<Settings> {
  const contexts = await readContexts(environment);
  const project = await findProjectFile(directory);
  const context = first<string>(
    [flags.context, { from: "flag", where: "--context" }],
    [environment.STAVE_CONTEXT, { from: "environment", where: "STAVE_CONTEXT" }],
    [project?.context, { from: "project file", where: project?.file }],
    [contexts.current, { from: "context" }],
  );
  const chosen =
    context && (Object.hasOwn(contexts.contexts, context.value) ? contexts.contexts[context.value] : undefined);
  if (context !== undefined && chosen === undefined && flags.url === undefined) {
    throw new CliError("Usage", `There is no context "${context.value}".`, {
      why: `It is named by ${context.where ?? "the settings"}.`,
      next: ["stave context list", "stave login URL"],
    });
  }
  const url = first<string>(
    [flags.url, { from: "flag", where: "--url" }],
    [environment.STAVE_URL, { from: "environment", where: "STAVE_URL" }],
    [project?.url, { from: "project file", where: project?.file }],
    [chosen?.url, { from: "context", where: context?.value }],
  ) ?? { value: defaultUrl, from: "default" as const };
  // A token goes only to whom it was given for: the one of a context not to an address that somebody else has named.
  const isOfContext = chosen !== undefined && sameOrigin(url.value, chosen.url);
  const token = first<string>(
    [environment.STAVE_TOKEN, { from: "environment", where: "STAVE_TOKEN" }],
    [isOfContext ? chosen.token : undefined, { from: "context", where: context?.value }],
  );
  return { url: { ...url, value: readUrl(url) }, token, context, contexts };
}

type Found<Value> = readonly [Value | undefined, { readonly from: Origin; readonly where?: string | undefined }];

function first<Value extends string>(...candidates: readonly Found<Value>[]): Setting<Value> | undefined {
  for (const [value, { from, where }] of candidates) {
    if (value !== undefined && value !== "") return { value, from, ...(where !== undefined && { where }) };
  }
  return undefined;
}

function readUrl({ value, from, where }: Setting<string>): string {
  const url = URL.parse(value);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    throw new CliError("Usage", `Expected an http or https URL without a password, got "${value}".`, {
      why: `It comes from ${where ?? from}.`,
    });
  }
  return value.replace(/\/+$/, "");
}

function sameOrigin(left: string, right: string): boolean {
  return URL.parse(left)?.origin === URL.parse(right)?.origin;
}

/** `.stave/config.json` in this directory or above it: which context or URL a project uses. It holds no secrets. */
async function findProjectFile(directory: string): Promise<ProjectFile | undefined> {
  for (let at = directory; ; at = dirname(at)) {
    const file = join(at, ".stave", "config.json");
    const found = await readProjectFile(file);
    if (found !== undefined) return found;
    if (dirname(at) === at) return undefined;
  }
}

async function readProjectFile(file: string): Promise<ProjectFile | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    return undefined;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CliError("Usage", `${file} is not JSON.`, { cause: error, why: String(error) });
  }
  if (typeof value !== "object" || value === null) return undefined;
  // That of the home directory holds contexts, and is read elsewhere.
  if ("contexts" in value) return undefined;
  const { url, context } = value as { readonly url?: unknown; readonly context?: unknown };
  return {
    file,
    ...(typeof url === "string" && { url }),
    ...(typeof context === "string" && { context }),
  };
}
