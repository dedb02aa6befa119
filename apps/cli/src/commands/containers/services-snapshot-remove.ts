import type { RunOf } from "../../command/define-command.ts";
import { formatBytes } from "../../output/format-values.ts";
import { printable } from "../../output/printable.ts";
import { readService } from "../services/finish-change.ts";
import { resolveService } from "../services/resolve-service.ts";
import type { servicesSnapshotRemove } from "./index.ts";
import { requireSnapshot } from "./require-snapshot.ts";

export const run: RunOf<typeof servicesSnapshotRemove> = async (invocation) => {
  const { api, options, output, prompts } = invocation;
  const client = await api();
  const id = await resolveService(invocation, client);
  const snapshot = await requireSnapshot(client, id);
  const { volume, size_bytes } = snapshot;
  const about = `${printable(volume)}${size_bytes === null ? "" : `, ${formatBytes(size_bytes)}`}\n`;
  if (options.dryRun) {
    output.note("This would go for good; nothing was changed:");
    return output.result(snapshot, () => about);
  }
  output.note(`This goes for good: ${about.trimEnd()}`);
  const { name } = await readService(client, id);
  await prompts.confirmByName("The service cannot go back to it any more.", name);
  await client.call("delete /api/external-services/{id}/snapshot", { params: { id } });
  output.note("The snapshot is removed.");
  output.result({ removed: snapshot }, () => "");
};
