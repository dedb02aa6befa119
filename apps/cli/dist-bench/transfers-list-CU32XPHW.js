import { formatBytes, formatTime } from "./chunk-OOB3SXYM.js";
import { journalDirectory, listJournals } from "./chunk-RBIQYZKN.js";
import { formatTable } from "./chunk-ULDKW3OL.js";
import { formatTarget } from "./chunk-VXJ5RBDU.js";
import "./chunk-64REPC56.js";
import "./chunk-B3FYOJ65.js";
import "./chunk-XTRZEKZ5.js";

// src/commands/transfer/transfers-list.ts
var run = async ({ environment, output, now }) => {
  const journals = await listJournals(journalDirectory(environment));
  const rows = journals.map(({ head, parts }) => ({
    kind: head.kind,
    path: head.path,
    object: formatTarget({ context: void 0, bucket: head.bucket, key: head.key }),
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

export { run };
//# sourceMappingURL=transfers-list-CU32XPHW.js.map
