import { randomFillSync } from "node:crypto";

// Version ids and upload ids are base64url of eight bytes that sort, followed by random ones: opaque to clients, and the
// place in an ordered index can be computed from the id alone.
const orderBytes = 8;
const versionIdBytes = 24;
const uploadIdBytes = 30;
const versionIdPattern = /^[A-Za-z0-9_-]{32}$/;
const uploadIdPattern = /^[A-Za-z0-9_-]{40}$/;

export interface IdSource {
  /** A new id of a version: 128 random bits, so that no id comes twice even when the clock goes back. */
  versionId(sequence: number): string;
  /** A new id of an upload: 176 random bits, because who knows the id may write to the upload. */
  uploadId(sequence: number): string;
}

export function createIdSource(): IdSource {
  const takeRandom = createRandomPool();
  const createId = (order: number, sizeBytes: number): string => {
    const id = Buffer.allocUnsafe(sizeBytes);
    id.writeBigUInt64BE(BigInt(order), 0);
    takeRandom(id, orderBytes);
    return id.toString("base64url");
  };
  return {
    versionId: (sequence) => createId(invertSequence(sequence), versionIdBytes),
    uploadId: (sequence) => createId(sequence, uploadIdBytes),
  };
}

/** The sequence a version id stands for; undefined when it is no version id at all. */
export function readVersionSequence(versionId: string): number | undefined {
  if (!versionIdPattern.test(versionId)) return undefined;
  const inverted = Buffer.from(versionId, "base64url").readBigUInt64BE(0);
  return inverted > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : invertSequence(Number(inverted));
}

/** Whether a store could have given this id to a version. Of any other, a version cannot be asked for. */
export function isVersionId(text: string): boolean {
  return text === "null" || readVersionSequence(text) !== undefined;
}

/** Newer is smaller, so that an ascending index lists the newest first. */
export function invertSequence(sequence: number): number {
  return Number.MAX_SAFE_INTEGER - sequence;
}

/** The bytes of an upload id, which sort by time of initiation; undefined when it is no upload id at all. */
export function readUploadIdBytes(uploadId: string): Buffer | undefined {
  return uploadIdPattern.test(uploadId) ? Buffer.from(uploadId, "base64url") : undefined;
}

/** Microseconds since 1970 that never repeat nor go back below `newest`: two writes in one millisecond keep their order. */
export function nextSequence(now: Date, newest: number | undefined): number {
  return Math.max(now.getTime() * 1000, (newest ?? 0) + 1);
}

/** One system call for about 200 ids; bytes that were handed out are wiped. */
function createRandomPool(): (target: Buffer, start: number) => void {
  const pool = Buffer.alloc(4096);
  let used = pool.length;
  return (target, start) => {
    const needed = target.length - start;
    if (used + needed > pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    pool.copy(target, start, used, used + needed);
    pool.fill(0, used, used + needed);
    used += needed;
  };
}
