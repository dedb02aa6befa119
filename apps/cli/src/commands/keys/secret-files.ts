import { type FileHandle, open, rm } from "node:fs/promises";
import { CliError } from "../../command/cli-error.ts";
import { option } from "../../command/options.ts";

/** Where a new secret goes instead of the screen. */
export const secretFileOptions = {
  secretFile: option("--secret-file <file>", "write the secret into a new file, and do not print it"),
  // Not --env-file: Node.js takes that for itself, wherever it stands.
  dotenvFile: option("--dotenv <file>", "likewise, as the variables of the AWS SDKs"),
};

export type SecretFiles = { readonly secretFile: string | undefined; readonly dotenvFile: string | undefined };

export type Issued = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly endpoint: string;
  readonly region: string;
};

const fileMode = 0o600;

/**
 * Calls `issue`, and writes its secret where it is wanted, for nobody else to read. The files are made first: when there can be none, nothing
 * is issued. A file that is there already is refused: it may hold the secret of another key.
 */
export async function issueInto<Key extends Issued>(
  { secretFile, dotenvFile }: SecretFiles,
  issue: () => Promise<Key>,
): Promise<Key> {
  let key: Key | undefined;
  const issueOnce = async () => {
    key ??= await issue();
    return key;
  };
  try {
    if (secretFile !== undefined && dotenvFile !== undefined) {
      await writeNewFile(secretFile, async () => {
        await writeNewFile(dotenvFile, async () => renderVariables(await issueOnce()));
        return renderSecret(await issueOnce());
      });
    } else if (secretFile !== undefined) await writeNewFile(secretFile, async () => renderSecret(await issueOnce()));
    else if (dotenvFile !== undefined) await writeNewFile(dotenvFile, async () => renderVariables(await issueOnce()));
    return await issueOnce();
  } catch (error) {
    if (key === undefined) throw error;
    throw new CliError("Failed", `The key ${key.accessKeyId} was made, but its secret could not be written.`, {
      why: error instanceof Error ? error.message : String(error),
      next: ["revoke it, and make another one"],
      cause: error,
    });
  }
}

/** Makes a file, and then what is to be in it. Leaves none behind when either fails. */
export async function writeNewFile(name: string, render: () => Promise<string>): Promise<void> {
  const handle = await openNew(name);
  try {
    await handle.writeFile(await render());
    await handle.sync();
  } catch (error) {
    await rm(name, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

async function openNew(name: string): Promise<FileHandle> {
  try {
    return await open(name, "wx", fileMode);
  } catch (error) {
    const isThere = error instanceof Error && "code" in error && error.code === "EEXIST";
    throw new CliError(isThere ? "Conflict" : "Failed", `Cannot write ${name}.`, {
      why: isThere ? "There is a file of this name already." : error instanceof Error ? error.message : String(error),
      next: ["Name another file. Nothing was made."],
      cause: error,
    });
  }
}

function renderSecret({ secretAccessKey }: Issued): string {
  return `${secretAccessKey}\n`;
}

/** What the AWS SDKs and CLIs read. */
function renderVariables({ accessKeyId, secretAccessKey, sessionToken, endpoint, region }: Issued): string {
  const variables = {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken !== undefined && { AWS_SESSION_TOKEN: sessionToken }),
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ENDPOINT_URL_S3: endpoint,
  };
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}
