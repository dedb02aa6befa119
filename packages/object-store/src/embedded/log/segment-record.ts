import { crc32 } from "@node-rs/crc32";

// A segment is a sequence of records, each with a header of 24 bytes:
//
//   0  magic "SGR2"      4  type: 1 body, 2 commit     6  bytes of the owner     8  bytes of the payload
//   12 crc32 of the payload    16 salt                 20 crc32 of the header before it, and of the owner after it
//
// then the owner (bodies only: bucket id ‖ key, for who moves the record later), then the payload. The salt is a random number
// that all records of an epoch share: what looks like a record inside a body, when records are looked for behind damage, has another.

export const headerBytes = 24;
export const bodyType = 1;
export const commitType = 2;

const magic = 0x32524753; // "SGR2"
const headerCrcAt = 20;

export type RecordHeader = {
  readonly type: typeof bodyType | typeof commitType;
  readonly ownerBytes: number;
  readonly payloadBytes: number;
  readonly payloadCrc32: number;
  readonly salt: number;
  readonly headerCrc32: number;
};

/** Larger than any payload we write: a header that says more is not one. */
export const maxPayloadBytes = 2 ** 28;

/** Fills `out`, of the header's and the owner's length. */
export function writeHeader(
  out: Buffer,
  {
    type,
    owner,
    payloadBytes,
    payloadCrc32,
    salt,
  }: Pick<RecordHeader, "type" | "payloadBytes" | "payloadCrc32" | "salt"> & {
    readonly owner: Uint8Array;
  },
): void {
  out.writeUInt32LE(magic, 0);
  out.writeUInt16LE(type, 4);
  out.writeUInt16LE(owner.length, 6);
  out.writeUInt32LE(payloadBytes, 8);
  out.writeUInt32LE(payloadCrc32, 12);
  out.writeUInt32LE(salt, 16);
  out.set(owner, headerBytes);
  out.writeUInt32LE(headerCrc(out, owner), headerCrcAt);
}

/** Undefined when there is no header here: the end of what was written, or damage. The owner is to be checked after. */
export function readHeader(bytes: Buffer): RecordHeader | undefined {
  if (bytes.length < headerBytes || bytes.readUInt32LE(0) !== magic) return undefined;
  const type = bytes.readUInt16LE(4);
  const payloadBytes = bytes.readUInt32LE(8);
  if ((type !== bodyType && type !== commitType) || payloadBytes > maxPayloadBytes) return undefined;
  return {
    type,
    ownerBytes: bytes.readUInt16LE(6),
    payloadBytes,
    payloadCrc32: bytes.readUInt32LE(12),
    salt: bytes.readUInt32LE(16),
    headerCrc32: bytes.readUInt32LE(headerCrcAt),
  };
}

/** True when header and owner are what was written. */
export function isIntactHeader(header: RecordHeader, headerAndOwner: Buffer): boolean {
  return headerCrc(headerAndOwner, headerAndOwner.subarray(headerBytes)) === header.headerCrc32;
}

function headerCrc(header: Buffer, owner: Uint8Array): number {
  const before = crc32(header.subarray(0, headerCrcAt));
  return owner.length === 0 ? before : crc32(owner, before);
}
