import type { DeleteMarker } from "@stave/object-store";
import { S3Error } from "../errors/s3-error.ts";

/** What S3 answers when the wanted version is not there, or is a delete marker. */
export function missingVersion(
  found: DeleteMarker | undefined,
  { key, versionId }: { readonly key: string; readonly versionId: string | undefined },
): S3Error {
  if (found === undefined) {
    if (versionId === undefined) return noSuchKey(key);
    return new S3Error("NoSuchVersion", "The specified version does not exist.", {
      elements: { Key: key, VersionId: versionId },
    });
  }
  const headers = { "x-amz-delete-marker": "true", "x-amz-version-id": found.versionId };
  if (versionId === undefined) return noSuchKey(key, headers);
  return new S3Error("MethodNotAllowed", "The specified method is not allowed against this resource.", {
    elements: { Method: "GET", ResourceType: "DeleteMarker" },
    headers: { ...headers, allow: "DELETE", "last-modified": found.lastModified.toUTCString() },
  });
}

function noSuchKey(key: string, headers: Record<string, string> = {}): S3Error {
  return new S3Error("NoSuchKey", "The specified key does not exist.", { elements: { Key: key }, headers });
}
