import type { ObjectVersion } from "@stave/object-store";
import type { ObjectEntry, Owner } from "@stave/s3-xml";

/** Everything is kept in one class, whatever a client asked for. */
export const storageClass = "STANDARD";

export function objectEntry(version: ObjectVersion, owner?: Owner): ObjectEntry {
  return {
    key: version.key,
    lastModified: version.lastModified,
    etag: version.etag,
    checksumAlgorithm: version.checksum?.algorithm,
    checksumType: version.checksum?.type,
    sizeBytes: version.sizeBytes,
    storageClass,
    owner,
  };
}
