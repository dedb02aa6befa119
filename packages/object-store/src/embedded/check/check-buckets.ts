import { keyOfCurrent } from "../index-keys.ts";
import { readNumber } from "../open-index.ts";
import { decodeBucket } from "../records.ts";
import type { Inspection } from "./inspection.ts";
import { isBucketRow, isText } from "./row-shapes.ts";

/** Reads the buckets, for everything else to be counted for them. They are kept in memory. */
export async function readBuckets(inspection: Inspection): Promise<void> {
  const { tables, index, findings, counts, buckets } = inspection;
  const nextBucketId = index.read(() => readNumber(index, "nextBucketId", 1));
  for await (const { key, value } of tables.rows("buckets", isBucketRow)) {
    const name = key.toString();
    counts.buckets += 1;
    if (value === undefined) {
      findings.add("row-unreadable", { bucket: name }, "The row of the bucket cannot be read.");
      continue;
    }
    const bucket = decodeBucket(name, value);
    const other = buckets.get(bucket.id)?.bucket.name;
    if (other !== undefined || bucket.id >= nextBucketId) {
      const whose = other === undefined ? "the next bucket will have" : `${other} has`;
      findings.add("counters-differ", { bucket: name }, `The bucket has number ${bucket.id}, which ${whose}, too.`);
    }
    buckets.set(bucket.id, { bucket, objects: 0, versions: 0, sizeBytes: 0 });
  }
  await checkConfigurations(inspection);
}

async function checkConfigurations({ tables, findings, buckets }: Inspection): Promise<void> {
  for await (const { key, value } of tables.rows("configurations", isText)) {
    const bucket = buckets.get(key.readUInt32BE(0))?.bucket.name;
    const configuration = keyOfCurrent(key);
    if (bucket === undefined) {
      findings.add("bucket-missing", {}, `The configuration ${configuration} is of no bucket.`);
    } else if (value === undefined) {
      findings.add("row-unreadable", { bucket }, `The configuration ${configuration} cannot be read.`);
    }
  }
}

/** After all versions have been counted. */
export function checkCounters({ findings, buckets }: Inspection): void {
  for (const { bucket, ...counted } of buckets.values()) {
    for (const name of ["objects", "versions", "sizeBytes"] as const) {
      if (bucket[name] === counted[name]) continue;
      const message = `The bucket says that it has ${bucket[name]} as \`${name}\`, and it has ${counted[name]}.`;
      findings.add("counters-differ", { bucket: bucket.name }, message);
    }
  }
}
