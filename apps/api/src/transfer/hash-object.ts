import { createHash } from "node:crypto";
import type { S3Client } from "@aws-sdk/client-s3";
import { type ObjectRef, readObject } from "./read-object.ts";
import type { RetryOptions } from "./retry.ts";

/** Reads an object to its end: the SHA-256 of its bytes, in hex. */
export async function hashObject(
  client: S3Client,
  ref: ObjectRef,
  retry: RetryOptions = {},
): Promise<{ readonly sha256: string; readonly sizeBytes: number }> {
  const { body, sizeBytes } = await readObject(client, ref, { ...retry, tags: "none" });
  const sha256 = createHash("sha256");
  for await (const chunk of body) sha256.update(chunk);
  return { sha256: sha256.digest("hex"), sizeBytes };
}
