import { CliError } from "../../command/cli-error.ts";
import { option } from "../../command/options.ts";
import { writeSecretFile } from "../../output/write-secret-file.ts";

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
      await writeSecretFile(secretFile, async () => {
        await writeSecretFile(dotenvFile, async () => renderVariables(await issueOnce()));
        return renderSecret(await issueOnce());
      });
    } else if (secretFile !== undefined) await writeSecretFile(secretFile, async () => renderSecret(await issueOnce()));
    else if (dotenvFile !== undefined)
      await writeSecretFile(dotenvFile, async () => renderVariables(await issueOnce()));
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
