// AES-256-GCM, block by block: https://doi.org/10.6028/NIST.SP.800-38D
// The stored form of an encrypted body is its blocks, each followed by 16 bytes that authenticate it.
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import type { ByteRange } from "../object-store.ts";
import { blockBytes } from "./block-checksums.ts";
import { bytesDamaged } from "./damage.ts";
import { freeBytes } from "./free-bytes.ts";

const algorithm = "aes-256-gcm";
const tagBytes = 16;
const sealBytes = 16;
const keyBytes = 32;

/** With what authenticates it, a block fills one block of the file exactly: a range reads no byte in vain. */
const plainBlockBytes = blockBytes - tagBytes;

/** What is on the disk of a body, which is `seal`ed or not. */
export function storedBytes({ sizeBytes, seal }: { readonly sizeBytes: number; readonly seal: string | null }): number {
  return seal === null ? sizeBytes : sizeBytes + tagBytes * Math.ceil(sizeBytes / plainBlockBytes);
}

/** Encrypts one body. What `update` and `end` return is to be stored in that order; who has stored it may free it. */
export interface Sealer {
  /** To be kept with the body. No two bodies have the same one, so none of them repeats the key stream of another. */
  readonly seal: string;
  /** Has finished with `chunk` when it has been iterated. */
  update(chunk: Uint8Array): Iterable<Buffer>;
  end(): Iterable<Buffer>;
}

export function createSealer(objectKey: Uint8Array): Sealer {
  const seal = createSeal();
  const key = bodyKey(objectKey, seal);
  let held: Buffer | undefined;
  let used = 0;
  let block = 0;

  const sealNext = (plain: Uint8Array, isLast: boolean): readonly Buffer[] => {
    block += 1;
    return sealBlock(key, plain, nonceOf(block - 1, isLast));
  };

  return {
    seal,
    *update(chunk) {
      for (let at = 0; at < chunk.length; ) {
        // A block says whether it is the last one, so each waits until it is known that there is another.
        if (held !== undefined && used === plainBlockBytes) {
          yield* sealNext(held, false);
          used = 0;
        }
        if (used === 0 && chunk.length - at > plainBlockBytes) {
          yield* sealNext(chunk.subarray(at, at + plainBlockBytes), false);
          at += plainBlockBytes;
          continue;
        }
        held ??= Buffer.allocUnsafeSlow(plainBlockBytes);
        const copied = Math.min(plainBlockBytes - used, chunk.length - at);
        held.set(chunk.subarray(at, at + copied), used);
        used += copied;
        at += copied;
      }
    },
    *end() {
      if (held !== undefined && used > 0) yield* sealNext(held.subarray(0, used), true);
    },
  };
}

/** The stored form of a body that is in memory; a body without bytes has none, and no seal. */
export function sealWhole(
  bytes: Uint8Array,
  objectKey: Uint8Array,
): { readonly stored: Uint8Array; readonly seal: string | null } {
  if (bytes.length === 0) return { stored: bytes, seal: null };
  const seal = createSeal();
  const key = bodyKey(objectKey, seal);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += plainBlockBytes) {
    const end = Math.min(at + plainBlockBytes, bytes.length);
    pieces.push(...sealBlock(key, bytes.subarray(at, end), nonceOf(at / plainBlockBytes, end === bytes.length)));
  }
  return { stored: Buffer.concat(pieces), seal };
}

function createSeal(): string {
  return randomBytes(sealBytes).toString("base64url");
}

function sealBlock(key: KeyObject, plain: Uint8Array, nonce: Buffer): readonly Buffer[] {
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
  const encrypted = cipher.update(plain);
  cipher.final();
  return [encrypted, cipher.getAuthTag()];
}

export type SealedBody = { readonly sizeBytes: number; readonly seal: string; readonly key: Uint8Array };

/** Throws `ObjectDamaged` when the stored bytes, or the key, are not those of this body. */
export function openWhole(stored: Uint8Array, body: SealedBody): Buffer {
  const open = createBlockOpener(body);
  const blocks: Buffer[] = [];
  for (let at = 0; at < stored.length; at += blockBytes) {
    blocks.push(open(blocks.length, stored.subarray(at, at + blockBytes)));
  }
  return blocks.length === 1 && blocks[0] ? blocks[0] : Buffer.concat(blocks);
}

/**
 * A range of an encrypted body. `read` reads a range of its stored form, of whole blocks, in chunks of whole blocks that may
 * be written to. Throws `ObjectDamaged`, before any byte of the block is handed out.
 */
export async function* readSealed(
  read: (stored: ByteRange) => AsyncIterable<Uint8Array>,
  body: SealedBody,
  { first, last }: ByteRange,
): AsyncGenerator<Uint8Array> {
  const open = createBlockOpener(body);
  const firstBlock = Math.floor(first / plainBlockBytes);
  const endBlock = Math.floor(last / plainBlockBytes) + 1;
  const stored = { first: firstBlock * blockBytes, last: Math.min(endBlock * blockBytes, storedBytes(body)) - 1 };
  let block = firstBlock;
  for await (const chunk of read(stored)) {
    const start = block * plainBlockBytes;
    let used = 0;
    for (let at = 0; at < chunk.length; at += blockBytes) {
      const plain = open(block, chunk.subarray(at, at + blockBytes));
      chunk.set(plain, used); // never beyond what has been decrypted
      used += plain.length;
      freeBytes(plain);
      block += 1;
    }
    yield chunk.subarray(Math.max(first - start, 0), Math.min(last + 1 - start, used));
  }
}

function createBlockOpener({ sizeBytes, seal, key: objectKey }: SealedBody) {
  const key = bodyKey(objectKey, seal);
  const lastBlock = Math.ceil(sizeBytes / plainBlockBytes) - 1;
  return (block: number, stored: Uint8Array): Buffer => {
    const end = stored.length - tagBytes;
    if (end < 0) throw bytesDamaged();
    const nonce = nonceOf(block, block === lastBlock);
    const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
    decipher.setAuthTag(stored.subarray(end));
    const plain = decipher.update(stored.subarray(0, end));
    try {
      decipher.final();
    } catch {
      throw bytesDamaged();
    }
    return plain;
  };
}

/** Each body has a key of its own, so that the numbers of its blocks are nonces that never come twice. */
function bodyKey(objectKey: Uint8Array, seal: string): KeyObject {
  if (objectKey.length !== keyBytes) {
    throw new TypeError(`Expected the key of an object to be ${keyBytes} bytes, got ${objectKey.length}`);
  }
  return createSecretKey(createHmac("sha256", objectKey).update("stave body 1 ").update(seal).digest());
}

/** With the mark of the last block, a body that is cut off between blocks is noticed; with the number, one in another order. */
function nonceOf(block: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce[0] = isLast ? 1 : 0;
  nonce.writeUIntBE(block, 6, 6);
  return nonce;
}
