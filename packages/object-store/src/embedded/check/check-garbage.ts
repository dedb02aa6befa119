import { relative } from "node:path";
import { blobPath } from "../blob-files.ts";
import { blobKey, isFileRef, isManifestRef, readBlobKey } from "../blob-ref.ts";
import { isGarbageKey, readGarbageKey } from "../garbage-keys.ts";
import { decodeManifest } from "../records.ts";
import type { Inspection } from "./inspection.ts";
import { isGarbageRow, isNumber } from "./row-shapes.ts";

/** Reads what is to be removed. Comes after the buckets and before everything that may be in it. */
export async function readGarbage(inspection: Inspection): Promise<void> {
  const { tables, findings, buckets, garbage, goneBuckets, goneUploads } = inspection;
  for await (const { key, value } of tables.rows("garbage", isGarbageRow)) {
    const subject = isGarbageKey(key) ? readGarbageKey(key) : undefined;
    if (subject === undefined || value === undefined) {
      findings.add("garbage-unknown", {}, `A row of the garbage, ${key.toString("hex")}, cannot be read.`);
    } else if (subject.kind === "bucket") {
      goneBuckets.add(subject.bucketId);
      const bucket = buckets.get(subject.bucketId)?.bucket.name;
      if (bucket !== undefined)
        findings.add("garbage-in-use", { bucket }, "The uploads of the bucket are to be removed.");
    } else if (subject.kind === "upload") {
      goneUploads.add(subject.idBytes.toString("base64url"));
    } else if (subject.kind === "file") {
      const file = readBlobKey(subject.blobKey);
      if (isFileRef(file)) garbage.add(file);
    } else if (value === 1) {
      findings.add("garbage-unknown", {}, `A row of the garbage, ${key.toString("hex")}, names no parts.`);
    } else {
      garbage.add(readBlobKey(subject.blobKey));
      for (const { blob } of decodeManifest(value)) if (blob !== null && isFileRef(blob)) garbage.add(blob);
    }
  }
}

/** After all references have been counted: nothing of the garbage may be in use that does not count its uses. */
export function checkGarbage({ directory, tables, findings, references, garbage }: Inspection): void {
  for (const { blob, count } of garbage.all()) {
    const used = references.count(blob);
    // A file that several lists of parts share goes with the last of them.
    const isShared = isFileRef(blob) && (tables.row("blobs", blobKey(blob), isNumber)?.value ?? 0) >= used + count;
    if (used === 0 || isShared) continue;
    if (isManifestRef(blob))
      findings.add("garbage-in-use", {}, "The parts of an object that is in use are to be removed.");
    else
      findings.add(
        "garbage-in-use",
        { file: relative(directory, blobPath(directory, blob)) },
        "A file that is in use is to be removed.",
      );
  }
}
