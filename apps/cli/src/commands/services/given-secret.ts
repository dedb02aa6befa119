import { CliError } from "../../command/cli-error.ts";
import { readSecretFile } from "./read-parameters.ts";

/** The secret key that `--secret-file` or `--secret-stdin` gives. */
export async function readGivenSecret(
  { secretFile, secretStdin }: { readonly secretFile: string | undefined; readonly secretStdin: boolean },
  stdin: NodeJS.ReadStream,
): Promise<string | undefined> {
  if (secretFile !== undefined && secretStdin) {
    throw new CliError("Usage", "Expected --secret-file or --secret-stdin, not both.");
  }
  if (secretStdin) return await readSecretFile("-", stdin);
  return secretFile === undefined ? undefined : await readSecretFile(secretFile, stdin);
}
