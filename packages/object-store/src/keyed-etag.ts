import { createHmac } from "node:crypto";
import type { BodyEncryption } from "./object-store.ts";

/**
 * The etag of bytes that nobody is to recognise: as long as an MD5, the same for the same bytes and key, and without meaning to
 * who does not have the key. Both are hex.
 */
export function etagOf(md5: string, encryption: BodyEncryption | undefined): string {
  if (encryption?.hidesMd5 !== true) return md5;
  const digest = createHmac("sha256", encryption.key).update("stave etag 1 ").update(md5).digest("hex");
  return digest.slice(0, md5.length);
}
