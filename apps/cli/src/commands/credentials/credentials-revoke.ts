import type { RunOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import { serviceQuery } from "../buckets/options.ts";
import { findCredential } from "./find-credential.ts";
import type { credentialsRevoke } from "./index.ts";

export const run: RunOf<typeof credentialsRevoke> = async ({ api, arguments: given, options, output, prompts }) => {
  const { bucket } = given;
  const { service, dryRun, force } = options;
  const client = await api();
  const found = await findCredential(client, { ...given, service });
  const { id, accessKeyId, description, access, prefix, lastUsedAt } = found;
  const where = `${bucket}/${prefix ?? ""}`;
  const what = printable(`${accessKeyId} ${description === "" ? "" : `(${description}) `}${access} on ${where}`);
  output.note(`${dryRun ? "Would revoke" : "This revokes"} ${what}, last used ${lastUsedAt ?? "never"}.`);
  if (dryRun) {
    output.result({ ...found, dryRun }, () => "");
    return;
  }
  if (!force) await prompts.confirmByName("Who uses it is refused at once.", accessKeyId);
  await client.call("delete /api/storage/buckets/{bucket}/credentials/{id}", {
    params: { bucket, id },
    query: serviceQuery(service),
  });
  output.note(`${accessKeyId} is revoked.`);
  output.result({ id, accessKeyId, revoked: true }, () => "");
};
