import { createHash } from "node:crypto";
import { ChecksumError } from "./checksum-error.ts";

/**
 * The ETag of a multipart object: the MD5 of its parts' binary MD5s, then `-` and their number, also for one part.
 *
 * ETags come and go without quotes, as hexadecimal digits. Throws `InvalidEtag` for one that is no MD5.
 *
 * @example
 * multipartEtag(["79b281060d337b9b2b84ccf390adcf74", "92eb5ffee6ae2fec3ad71c777531578f"]);
 * // "e5a8c5272b26fc10581a21089559b006-2"
 */
export function multipartEtag(partEtags: readonly string[]): string {
  if (partEtags.length === 0) throw new TypeError("Expected `partEtags` to have at least one ETag, got none");
  const hash = createHash("md5");
  for (const etag of partEtags) {
    if (!/^[0-9a-f]{32}$/i.test(etag)) {
      throw new ChecksumError("InvalidEtag", "Expected the ETag of a part to be 32 hexadecimal digits");
    }
    hash.update(etag, "hex");
  }
  return `${hash.digest("hex")}-${partEtags.length}`;
}
