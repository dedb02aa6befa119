import { StoreError } from "./store-error.ts";

/** Throws `BadDigest` when the bytes are not the ones the client announced. Both are hex. */
export function checkDigest(etag: string, contentMd5: string | undefined): void {
  if (contentMd5 === undefined || contentMd5 === etag) return;
  throw new StoreError("BadDigest", "The MD5 of the bytes differs from the one announced", {
    details: { ExpectedDigest: contentMd5, CalculatedDigest: etag },
  });
}
