import { readVersionSequence } from "../../ordered-id.ts";
import { blobKey, isFileRef, isManifestRef, isSegmentRef, type ManifestRef } from "../blob-ref.ts";
import { currentKey, keyOfCurrent, noncurrentKey } from "../index-keys.ts";
import { decodeManifest, decodeVersion, type StoredObject, type StoredVersion } from "../records.ts";
import { storedBytes } from "../sealed-body.ts";
import type { Place } from "./findings.ts";
import type { BucketTally, Inspection } from "./inspection.ts";
import { isManifestRow, isVersionRow } from "./row-shapes.ts";

const bucketIdBytes = 4;
const afterKeyBytes = 9; // a separator and a sequence
const maxKeyBytes = 1024;

/** Every key: its current version, the others below it, and the bytes of all of them. */
export async function checkVersions(inspection: Inspection): Promise<void> {
  const { tables, findings, counts } = inspection;
  const noncurrent = createNoncurrentWalk(inspection);
  for await (const { key: rowKey, value } of tables.rows("current", isVersionRow)) {
    const home = findHome(inspection, rowKey);
    await noncurrent.skipBefore(rowKey);
    const older = await noncurrent.takeOf(rowKey);
    if (home === undefined) continue;
    counts.keys += 1;
    if (value === undefined) {
      counts.versions += 1;
      findings.add("row-unreadable", home.place, "The row of the current version cannot be read.");
      continue;
    }
    const current = decodeVersion(value);
    await checkVersion(inspection, home, current);
    if (current.object !== undefined) home.tally.objects += 1;
    const wrong = describeKey(current, older);
    if (wrong !== undefined) findings.add("versions-differ", home.place, wrong);
    inspection.onProgress();
  }
  await noncurrent.skipBefore(undefined);
}

type Home = { readonly tally: BucketTally; readonly key: string; readonly owner: Buffer; readonly place: Place };

function findHome({ buckets, findings }: Inspection, owner: Buffer): Home | undefined {
  const bucketId = owner.length > bucketIdBytes ? owner.readUInt32BE(0) : 0;
  const key = keyOfCurrent(owner);
  const tally = buckets.get(bucketId);
  if (tally === undefined) {
    findings.add("bucket-missing", { key }, `The key belongs to bucket number ${bucketId}, which does not exist.`);
    return undefined;
  }
  const place = { bucket: tally.bucket.name, key };
  const isKey = owner.length <= bucketIdBytes + maxKeyBytes && currentKey(bucketId, key).equals(owner);
  if (!isKey) findings.add("row-unreadable", place, "The key is not what a key can be.");
  return { tally, key, owner, place };
}

/** What the noncurrent versions of a key add up to. They may be millions, of one key. */
type Older = { count: number; unreadable: number; newest: number; nullSequence: number; nulls: number };

/** Goes through `noncurrent` beside the walk of the current versions: both are in the order of their keys. */
function createNoncurrentWalk(inspection: Inspection) {
  const { tables, findings, counts } = inspection;
  const rows = tables.rows("noncurrent", isVersionRow);
  let next: Awaited<ReturnType<typeof rows.next>> | undefined;
  const peek = async () => {
    next ??= await rows.next();
    return next.done === true ? undefined : next.value;
  };
  const ownerOf = (key: Buffer): Buffer => key.subarray(0, Math.max(0, key.length - afterKeyBytes));

  const isOf = (rowKey: Buffer, owner: Buffer): boolean => ownerOf(rowKey).equals(owner);

  const skipBefore = async (owner: Buffer | undefined): Promise<void> => {
    for (let row = await peek(); row !== undefined; row = await peek()) {
      if (owner !== undefined && (isOf(row.key, owner) || Buffer.compare(row.key, owner) > 0)) return;
      const key = ownerOf(row.key);
      const home = findHome(inspection, key);
      if (home !== undefined) {
        findings.add("versions-differ", home.place, "There is a noncurrent version, and no current one.");
        if (row.value !== undefined) await checkVersion(inspection, home, decodeVersion(row.value));
      }
      next = undefined;
    }
  };

  const takeOf = async (owner: Buffer): Promise<Older> => {
    const older: Older = { count: 0, unreadable: 0, newest: 0, nullSequence: 0, nulls: 0 };
    for (let row = await peek(); row !== undefined && isOf(row.key, owner); row = await peek()) {
      next = undefined;
      older.count += 1;
      const home = findHome(inspection, owner);
      if (home === undefined) continue;
      if (row.value === undefined) {
        older.unreadable += 1;
        counts.versions += 1;
        findings.add("row-unreadable", home.place, "The row of a noncurrent version cannot be read.");
        continue;
      }
      const stored = decodeVersion(row.value);
      await checkVersion(inspection, home, stored);
      if (older.newest === 0) older.newest = stored.sequence;
      if (stored.versionId === "null") {
        older.nulls += 1;
        older.nullSequence = stored.sequence;
      }
      if (!noncurrentKey(owner.readUInt32BE(0), home.key, stored.sequence).equals(row.key)) {
        findings.add(
          "versions-differ",
          { ...home.place, versionId: stored.versionId },
          "The version is not in its place.",
        );
      }
    }
    return older;
  };

  return { skipBefore, takeOf };
}

function describeKey(current: StoredVersion, older: Older): string | undefined {
  if (current.olderCount !== older.count) {
    return `The current version counts ${current.olderCount} noncurrent ones, and there are ${older.count}.`;
  }
  if (older.unreadable > 0) return undefined; // it has been said
  if (older.newest >= current.sequence) return "A noncurrent version is newer than the current one.";
  if (older.nulls + Number(current.versionId === "null") > 1) return "There is more than one null version.";
  if (current.olderNull !== older.nullSequence) return "The current version does not know where the null version is.";
  return undefined;
}

/** A version by itself, with its bytes. */
async function checkVersion(inspection: Inspection, home: Home, stored: StoredVersion): Promise<void> {
  const { findings, counts } = inspection;
  const { versionId, sequence, object } = stored;
  const place = { ...home.place, versionId };
  counts.versions += 1;
  if (versionId !== "null" && readVersionSequence(versionId) !== sequence) {
    findings.add("versions-differ", place, "The version cannot be found by its id.");
  }
  if (object === undefined) return;
  home.tally.versions += 1;
  home.tally.sizeBytes += object.sizeBytes;
  await checkBytes(inspection, home, object, place);
}

async function checkBytes(inspection: Inspection, home: Home, object: StoredObject, place: Place): Promise<void> {
  const { findings, bodies, references, liveBytes } = inspection;
  const { blob, sizeBytes } = object;
  if (blob === null) {
    if (sizeBytes > 0)
      findings.add("bytes-missing", place, `The object has ${sizeBytes} bytes, and no place for them.`);
  } else if (isSegmentRef(blob)) {
    const [, epoch, segment, , length] = blob;
    const name = `${epoch}/${segment}`;
    liveBytes.set(name, (liveBytes.get(name) ?? 0) + length);
    const expected = storedBytes(object);
    if (length !== expected) findings.add("bytes-short", place, `${length} bytes are stored instead of ${expected}.`);
    bodies.checkSmall(blob, home.owner, place);
  } else if (isFileRef(blob)) {
    if (references.add(blob) === 1) await bodies.checkFile(blob, storedBytes(object), place);
  } else if (isManifestRef(blob)) {
    await checkManifest(inspection, blob, object, place);
  }
}

async function checkManifest(
  { tables, findings, bodies, references }: Inspection,
  blob: ManifestRef,
  { sizeBytes, partsCount }: StoredObject,
  place: Place,
): Promise<void> {
  const isFirst = references.add(blob) === 1;
  const row = tables.row("manifests", blobKey(blob), isManifestRow);
  if (row?.value === undefined) {
    const what = row === undefined ? "missing" : "unreadable";
    findings.add(row === undefined ? "manifest-missing" : "row-unreadable", place, `The list of its parts is ${what}.`);
    return;
  }
  const parts = decodeManifest(row.value);
  const total = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  if (parts.length !== partsCount || total !== sizeBytes) {
    findings.add(
      "manifest-differs",
      place,
      `Its parts are ${parts.length} with ${total} bytes, and it should have ${partsCount} with ${sizeBytes}.`,
    );
  }
  if (!isFirst) return;
  for (const part of parts) {
    const partPlace = { ...place, partNumber: part.partNumber };
    if (part.blob !== null && isFileRef(part.blob)) {
      if (references.add(part.blob) === 1) await bodies.checkFile(part.blob, storedBytes(part), partPlace);
    } else if (part.sizeBytes > 0) {
      findings.add("bytes-missing", partPlace, "The part has no file.");
    }
  }
}
