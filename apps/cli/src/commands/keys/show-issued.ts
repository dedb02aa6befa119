import { formatProperties } from "../../output/format-table.ts";
import type { Output } from "../../output/output.ts";
import { printable } from "../../output/printable.ts";
import type { Issued, SecretFiles } from "./secret-files.ts";

/** A new key: with its secret this once, unless that is in a file. */
export function showIssued(
  output: Output,
  key: Issued & { readonly expiresAt: string | null },
  { secretFile, dotenvFile }: SecretFiles,
): void {
  const files = [secretFile, dotenvFile].filter((file) => file !== undefined);
  const isHidden = files.length > 0;
  if (isHidden) output.note(`The secret is in ${printable(files.join(" and "))}, for nobody else to read.`);
  else output.note("The secret is shown this once: keep it where nobody else finds it.");
  const { accessKeyId, secretAccessKey, sessionToken, endpoint, region, expiresAt } = key;
  const shown = {
    ...key,
    secretAccessKey: isHidden ? "***" : secretAccessKey,
    ...(sessionToken !== undefined && isHidden && { sessionToken: "***" }),
  };
  output.result(shown, () =>
    formatProperties({
      "Access key": accessKeyId,
      ...(!isHidden && { "Secret key": secretAccessKey }),
      ...(!isHidden && sessionToken !== undefined && { "Session token": sessionToken }),
      Endpoint: endpoint,
      Region: region,
      Expires: expiresAt ?? "never",
    }),
  );
}
