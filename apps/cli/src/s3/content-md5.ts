import { createHash } from "node:crypto";

/** S3 takes documents that decide about keeping and deleting only with a checksum. */
export function contentMd5(body: string): { readonly "content-md5": string } {
  return { "content-md5": createHash("md5").update(body).digest("base64") };
}
