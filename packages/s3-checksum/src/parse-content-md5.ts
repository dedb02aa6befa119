// The Content-MD5 header: https://www.rfc-editor.org/rfc/rfc1864
import { decodeBase64 } from "./canonical-base64.ts";
import { ChecksumError } from "./checksum-error.ts";
import { type Md5Digest, md5Digest } from "./create-md5.ts";

/**
 * The MD5 that a `Content-MD5` header names. Throws `InvalidDigest`, which is also what S3 answers, unless the value is
 * base64 of 16 bytes in its one canonical form.
 *
 * @example
 * parseContentMd5("JfnnlDI7RTiF9RgfG2JNCw==").hex; // "25f9e794323b453885f5181f1b624d0b"
 */
export function parseContentMd5(value: string): Md5Digest {
  const bytes = decodeBase64(value, MD5_SIZE_BYTES);
  if (bytes === undefined) throw new ChecksumError("InvalidDigest", "Expected `Content-MD5` to be base64 of 16 bytes");
  return md5Digest(bytes);
}

/** Whether {@link parseContentMd5} takes the value. */
export function isContentMd5(value: string): boolean {
  return decodeBase64(value, MD5_SIZE_BYTES) !== undefined;
}

const MD5_SIZE_BYTES = 16;
