import { createHash } from "node:crypto";
import { S3Error } from "../errors/s3-error.ts";

const digestSizeBytes = 16;
const maxTokenLength = 2048;

/**
 * A token that continues one listing: where to go on, and a digest of the listing it belongs to.
 *
 * The digest is not a secret: a token grants nothing that `start-after` would not. It is there so that a token that was cut,
 * or that comes from another bucket or prefix, is refused instead of silently skipping keys.
 */
export function encodeToken(after: string, listing: readonly string[]): string {
  return Buffer.concat([digest(after, listing), Buffer.from(after)]).toString("base64url");
}

/** Throws `InvalidArgument` for a token that this listing did not make. */
export function decodeToken(token: string, listing: readonly string[]): string {
  const bytes = Buffer.from(token.slice(0, maxTokenLength), "base64url");
  const after = bytes.subarray(digestSizeBytes).toString();
  if (bytes.length > digestSizeBytes && digest(after, listing).equals(bytes.subarray(0, digestSizeBytes))) return after;
  throw new S3Error("InvalidArgument", "The continuation token provided is incorrect", {
    elements: { ArgumentName: "continuation-token" },
  });
}

function digest(after: string, listing: readonly string[]): Buffer {
  return createHash("sha256")
    .update(JSON.stringify([after, ...listing]))
    .digest()
    .subarray(0, digestSizeBytes);
}
