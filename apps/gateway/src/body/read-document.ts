import { md5Of } from "@stave/s3-checksum";
import { S3Error } from "../errors/s3-error.ts";
import type { VerifiedBody } from "./open-body.ts";

/** A whole XML request body, verified. Its cap was set when the body was opened. Throws `BadDigest` and what the body throws. */
export async function readDocument(body: VerifiedBody): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk));
  const document = Buffer.concat(chunks);
  if (body.contentMd5 !== undefined && md5Of(document).hex !== body.contentMd5) {
    throw new S3Error("BadDigest", "The Content-MD5 you specified did not match what we received.");
  }
  return document;
}
