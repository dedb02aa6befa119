import { createHash, hash } from "node:crypto";

/** An MD5 in the two ways in which S3 writes it. */
export type Md5Digest = {
  /** 32 lower-case digits: the ETag of an object that came in one piece, without its quotes. */
  readonly hex: string;
  /** As in `Content-MD5`. */
  readonly base64: string;
};

/** One MD5 under way. */
export interface Md5 {
  /** The bytes are read before it returns; the caller may reuse its buffer. */
  update(bytes: Uint8Array): void;
  /** Call it once, after the last `update`. */
  digest(): Md5Digest;
}

/**
 * Starts the MD5 of a stream of bytes, for its ETag or to compare with `Content-MD5`. It proves nothing about who wrote them.
 *
 * @example
 * const md5 = createMd5();
 * md5.update(Buffer.from("123456789"));
 * md5.digest().hex; // "25f9e794323b453885f5181f1b624d0b"
 */
export function createMd5(): Md5 {
  const md5 = createHash("md5");
  return {
    update(bytes) {
      md5.update(bytes);
    },
    digest() {
      return md5Digest(md5.digest());
    },
  };
}

/**
 * The MD5 of bytes that are all there: what `createMd5` gives, at less cost for small ones.
 *
 * @example
 * md5Of(Buffer.from("123456789")).base64; // "JfnnlDI7RTiF9RgfG2JNCw=="
 */
export function md5Of(bytes: Uint8Array): Md5Digest {
  return md5Digest(hash("md5", bytes, "buffer"));
}

export function md5Digest(bytes: Buffer): Md5Digest {
  return { hex: bytes.toString("hex"), base64: bytes.toString("base64") };
}
