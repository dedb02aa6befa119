import { notImplemented } from "../errors/not-implemented.ts";
import { S3Error } from "../errors/s3-error.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import { encryptionHeaderNames } from "./encryption-headers.ts";

/** Headers of writes that ask for something Stave does not do yet. Ignoring one would break a promise to its sender. */
const unsupportedPrefixes = [
  "x-amz-bucket-object-lock-token",
  "x-amz-server-side-encryption",
  "x-amz-copy-source-server-side-encryption",
];

/** Operations that encrypt or decrypt read these; the others have nothing to encrypt. */
const encryptionHeaders = new Set(encryptionHeaderNames);

const storageClasses = new Set(["STANDARD", "REDUCED_REDUNDANCY"]);

/** Throws `NotImplemented`, and `InvalidStorageClass` for a value that S3 does not know either. */
export function refuseUnsupportedHeaders(headers: RequestHeaders): void {
  // Of every request: `keys` of a dictionary costs a sixth of `entries`, and most names end at their first letter.
  for (const name of Object.keys(headers)) {
    if (name.charCodeAt(0) === letterX && isUnsupported(name)) throw notImplemented({ header: name });
  }
  const storageClass = headers["x-amz-storage-class"];
  if (storageClass !== undefined && !storageClasses.has(storageClass)) {
    throw new S3Error("InvalidStorageClass", "The storage class you specified is not valid", {
      elements: { StorageClassRequested: storageClass },
    });
  }
}

const letterX = 0x78;

function isUnsupported(name: string): boolean {
  if (!name.startsWith("x-amz-") || encryptionHeaders.has(name)) return false;
  return unsupportedPrefixes.some((prefix) => name.startsWith(prefix));
}
