import type { RunOf } from "../../command/define-command.ts";
import { formatBytes, formatTime } from "../../output/format-values.ts";
import { printable } from "../../output/printable.ts";
import { resolveService } from "../services/resolve-service.ts";
import type { servicesSnapshotShow } from "./index.ts";
import { requireSnapshot } from "./require-snapshot.ts";

export const run: RunOf<typeof servicesSnapshotShow> = async (invocation) => {
  const { api, output, now } = invocation;
  const client = await api();
  const snapshot = await requireSnapshot(client, await resolveService(invocation, client));
  const taken = formatTime(snapshot.taken_at, { now: now(), isAbsolute: output.isAbsolute });
  const size = snapshot.size_bytes === null ? "unknown" : formatBytes(snapshot.size_bytes);
  output.result(snapshot, () =>
    [
      ["Volume", snapshot.volume],
      ["Image", snapshot.image],
      ["Taken", taken],
      ["Size", size],
    ]
      .map(([name, value]) => `${name}: ${printable(value ?? "")}\n`)
      .join(""),
  );
};
