import { isFileRef } from "../blob-ref.ts";
import { partNumberOf, readUploadKey } from "../index-keys.ts";
import { decodePart } from "../records.ts";
import { storedBytes } from "../sealed-body.ts";
import type { Inspection } from "./inspection.ts";
import { isPartRow, isUploadRow } from "./row-shapes.ts";

/** Unfinished uploads and their parts. Keeps about 150 bytes for each upload. */
export async function checkUploads(inspection: Inspection): Promise<void> {
  const uploads = await readUploads(inspection);
  await checkParts(inspection, uploads);
}

type UploadPlace = { readonly bucket: string; readonly key: string; readonly uploadId: string };

async function readUploads(inspection: Inspection): Promise<ReadonlyMap<string, UploadPlace>> {
  const { tables, findings, counts, buckets, goneBuckets, goneUploads } = inspection;
  const uploads = new Map<string, UploadPlace>();
  for await (const { key: rowKey, value } of tables.rows("uploads", isUploadRow)) {
    const { key, idBytes } = readUploadKey(rowKey);
    const uploadId = idBytes.toString("base64url");
    const bucketId = rowKey.readUInt32BE(0);
    const bucket = buckets.get(bucketId)?.bucket.name;
    if (bucket === undefined) {
      // What is left of a deleted bucket is collected, some time.
      if (!goneBuckets.has(bucketId)) {
        findings.add(
          "bucket-missing",
          { key, uploadId },
          `The upload belongs to bucket number ${bucketId}, which does not exist.`,
        );
      }
      uploads.set(uploadId, { bucket: "", key, uploadId });
      continue;
    }
    counts.uploads += 1;
    const place = { bucket, key, uploadId };
    uploads.set(uploadId, place);
    if (value === undefined) findings.add("row-unreadable", place, "The row of the upload cannot be read.");
    if (goneUploads.has(uploadId)) {
      findings.add("garbage-in-use", place, "The upload is not finished, and its parts are to be removed.");
    }
  }
  return uploads;
}

const uploadIdBytes = 30;

async function checkParts(inspection: Inspection, uploads: ReadonlyMap<string, UploadPlace>): Promise<void> {
  const { tables, findings, counts, bodies, references, garbage, goneUploads } = inspection;
  for await (const { key, value } of tables.rows("parts", isPartRow)) {
    const uploadId = key.subarray(0, uploadIdBytes).toString("base64url");
    const upload = uploads.get(uploadId);
    const partNumber = partNumberOf(key);
    const part = value && decodePart(partNumber, value);
    if (upload === undefined) {
      if (!goneUploads.has(uploadId)) {
        findings.add("upload-missing", { uploadId, partNumber }, "The part belongs to an upload that does not exist.");
      } else if (part?.blob && isFileRef(part.blob)) garbage.add(part.blob);
      continue;
    }
    counts.parts += 1;
    const place = { ...upload, partNumber };
    if (part === undefined) findings.add("row-unreadable", place, "The row of the part cannot be read.");
    else if (part.blob !== null && isFileRef(part.blob)) {
      references.add(part.blob);
      await bodies.checkFile(part.blob, storedBytes(part), place);
    } else if (part.sizeBytes > 0) findings.add("bytes-missing", place, "The part has no file.");
    inspection.onProgress();
  }
}
