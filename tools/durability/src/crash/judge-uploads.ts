import type { EmbeddedStore } from "@stave/object-store";
import { nameOf } from "../ledger.ts";
import { bucketNames } from "./buckets.ts";
import type { UploadRecord } from "./collect-uploads.ts";
import type { CrashFinding } from "./messages.ts";

/** Open uploads must be there with their acknowledged parts, ended ones gone. */
export async function judgeUploads(
  store: EmbeddedStore,
  uploads: readonly UploadRecord[],
): Promise<readonly CrashFinding[]> {
  const findings: CrashFinding[] = [];
  for (const upload of uploads) {
    const text = await judgeUpload(store, upload);
    if (text !== undefined) findings.push({ kind: "upload", subject: nameOf(upload.address), text });
  }
  return findings;
}

/** So that they do not pile up from round to round. */
export async function abortUploads(store: EmbeddedStore): Promise<void> {
  for (const bucket of bucketNames) {
    const { uploads } = await store.listUploads(bucket, { maxUploads: 1000 });
    for (const { key, uploadId } of uploads) await store.abortUpload({ bucket, key, uploadId });
  }
}

async function judgeUpload(store: EmbeddedStore, upload: UploadRecord): Promise<string | undefined> {
  const { address, uploadId, parts, state } = upload;
  const found = await store.readUpload({ ...address, uploadId });
  if (state === "over") return found === undefined ? undefined : `upload ${uploadId} had ended, and is there`;
  if (found === undefined) return state === "open" ? `upload ${uploadId} is not there` : undefined;
  const listed = await store.listParts({ ...address, uploadId }, { maxParts: 1000 });
  const etags = new Map(listed.parts.map(({ partNumber, etag }) => [partNumber, etag]));
  for (const [partNumber, etag] of parts) {
    if (etags.get(partNumber) !== etag) return `part ${partNumber} of upload ${uploadId} is not there`;
  }
  return undefined;
}
