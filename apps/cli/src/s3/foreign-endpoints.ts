import { join } from "node:path";
import { CliError } from "../command/cli-error.ts";
import { readSecretFile, settingsDirectory, writeSecretFile } from "../settings/settings-directory.ts";

/** An S3 server that is no Stave, by a name of its own: `name:bucket/key`. */
export type ForeignEndpoint = {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly isVirtual?: boolean;
};

const fileName = "endpoints.json";

/** Throws `Usage` when the file is not what `stave` writes, or others can read it. */
export async function readForeignEndpoints(
  environment: NodeJS.ProcessEnv,
): Promise<ReadonlyMap<string, ForeignEndpoint>> {
  const file = join(settingsDirectory(environment), fileName);
  const text = await readSecretFile(file);
  if (text === undefined) return new Map();
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) {
      const entries = Object.entries(value);
      if (entries.every((entry): entry is [string, ForeignEndpoint] => isForeign(entry[1]))) return new Map(entries);
    }
  } catch {
    // Told below.
  }
  throw new CliError("Usage", `${file} is damaged.`, {
    why: "It is not what stave context add writes.",
    next: [`rm ${file}`],
  });
}

export async function writeForeignEndpoints(
  environment: NodeJS.ProcessEnv,
  endpoints: ReadonlyMap<string, ForeignEndpoint>,
): Promise<void> {
  const text = `${JSON.stringify(Object.fromEntries(endpoints), null, 2)}\n`;
  await writeSecretFile(settingsDirectory(environment), fileName, text);
}

function isForeign(value: unknown): value is ForeignEndpoint {
  if (typeof value !== "object" || value === null) return false;
  return ["endpoint", "region", "accessKeyId", "secretAccessKey"].every(
    (name) => name in value && typeof (value as Readonly<Record<string, unknown>>)[name] === "string",
  );
}
