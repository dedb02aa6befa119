import type { RunOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import { findKey } from "./find-key.ts";
import type { keysRevoke } from "./index.ts";
import { describeScope } from "./key-scope.ts";

export const run: RunOf<typeof keysRevoke> = async ({ api, arguments: given, options, output, prompts }) => {
  const { service, dryRun, force } = options;
  const client = await api();
  const key = await findKey(client, { key: given.key, service });
  const { accessKeyId, description, scope, lastUsedAt } = key;
  const what = printable(`${accessKeyId} ${description === "" ? "" : `(${description}) `}${describeScope(scope)}`);
  output.note(`${dryRun ? "Would revoke" : "This revokes"} ${what}, last used ${lastUsedAt ?? "never"}.`);
  if (dryRun) {
    output.result({ ...key, dryRun }, () => "");
    return;
  }
  if (!force) await prompts.confirmByName("Who uses it is refused at once.", accessKeyId);
  await client.call("delete /api/storage/s3/access-keys/{id}", { params: { id: key.id } });
  output.note(`${accessKeyId} is revoked.`);
  output.result({ id: key.id, accessKeyId, revoked: true }, () => "");
};
