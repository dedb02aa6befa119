import type { RunOf } from "../../command/define-command.ts";
import { formatTable } from "../../output/format-table.ts";
import { formatBytes, formatTime } from "../../output/format-values.ts";
import { formatTarget } from "../../s3/targets.ts";
import { journalDirectory, listJournals } from "../../transfer/journal.ts";
import type { transfersList } from "./index.ts";

export const run: RunOf<typeof transfersList> = async ({ environment, output, now }) => {
  const journals = await listJournals(journalDirectory(environment));
  const rows = journals.map(({ head, parts }) => ({
    kind: head.kind,
    path: head.path,
    object: formatTarget({ context: undefined, bucket: head.bucket, key: head.key }),
    endpoint: head.endpoint,
    sizeBytes: head.sizeBytes,
    doneBytes: Math.min(head.sizeBytes, parts.length * head.partSizeBytes),
    startedAt: head.startedAt,
    uploadId: head.uploadId ?? null,
  }));
  const time = { now: now(), isAbsolute: output.isAbsolute };
  output.list(rows, {
    empty: "Nothing was interrupted. Files are copied with: stave cp FILE s3://BUCKET/KEY",
    render: () =>
      formatTable(rows, [
        { title: "KIND", of: ({ kind }) => kind },
        { title: "FILE", of: ({ path }) => path },
        { title: "OBJECT", of: ({ object }) => object },
        { title: "DONE", of: (row) => `${formatBytes(row.doneBytes)} of ${formatBytes(row.sizeBytes)}` },
        { title: "STARTED", of: ({ startedAt }) => formatTime(startedAt, time) },
      ]),
  });
};
