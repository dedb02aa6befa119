// CPU time of this process, median of many runs after a warm-up: node packages/s3-xml/bench/xml.bench.mjs
// Reads the built package.
import { cpus } from "node:os";
import { parseCompleteMultipartUpload, parseDelete, writeListBucketResultV2 } from "@stave/s3-xml";

const namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const etag = "79b281060d337b9b2b84ccf390adcf74";
const startedAt = Date.UTC(2026, 0, 1);

const page = {
  name: "photos",
  prefix: "2026/",
  maxKeys: 1000,
  isTruncated: false,
  contents: Array.from({ length: 1000 }, (_, index) => ({
    key: keyOf(index),
    lastModified: new Date(startedAt + index * 1000),
    etag,
    sizeBytes: 123_456 + index,
    storageClass: "STANDARD",
  })),
  commonPrefixes: [],
};
const objects = Array.from({ length: 1000 }, (_, index) => {
  return `<Object><Key>${keyOf(index).replace("&", "&amp;")}</Key></Object>`;
});
const parts = Array.from({ length: 10_000 }, (_, index) => {
  const checksum = "<ChecksumSHA256>tfmzeY9XeH2OXmxrtS4iDWlNIKUTAFv0/csHs2lsoD8=</ChecksumSHA256>";
  return `<Part><PartNumber>${index + 1}</PartNumber><ETag>&quot;${etag}&quot;</ETag>${checksum}</Part>`;
});
const deletion = Buffer.from(`<Delete ${namespace}>${objects.join("")}</Delete>`);
const completion = Buffer.from(`<CompleteMultipartUpload ${namespace}>${parts.join("")}</CompleteMultipartUpload>`);

const rows = [
  row("write ListObjectsV2, 1,000 keys", { runs: 500, goalMs: 0.8, run: () => writeListBucketResultV2(page) }),
  row("read Delete, 1,000 keys", { runs: 500, goalMs: 4, run: () => parseDelete(deletion) }),
  row("read CompleteMultipartUpload, 10,000 parts", { runs: 30, run: () => parseCompleteMultipartUpload(completion) }),
];

console.log(
  `${cpus()[0]?.model ?? "unknown CPU"}, Node ${process.versions.node}, ${process.platform} ${process.arch}\n`,
);
console.log("| what | CPU, median | goal |\n| --- | --- | --- |");
console.log(rows.join("\n"));

/** Every tenth has a character that XML escapes. */
function keyOf(index) {
  return `2026/03/holiday${index % 10 === 0 ? " & " : "-"}beach-${index}.jpg`;
}

function row(name, { runs, goalMs, run }) {
  for (let warmUp = 0; warmUp < runs / 2; warmUp++) run();
  const times = Array.from({ length: runs }, () => cpuMs(run)).sort((a, b) => a - b);
  const median = times[Math.floor(runs / 2)];
  return `| ${name} | ${median.toFixed(median < 10 ? 2 : 0)} ms | ${goalMs === undefined ? "" : `${goalMs} ms`} |`;
}

function cpuMs(run) {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
