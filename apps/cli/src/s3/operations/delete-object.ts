import type { S3Client } from "../s3-client.ts";
import type { ObjectAddress } from "./head-object.ts";

export type DeleteObjectOptions = {
  readonly ifMatch?: string | undefined;
  /** With the permission for it: what governance keeps goes too. */
  readonly bypassGovernance?: boolean | undefined;
};

/** DeleteObject: a version, or, where versions are kept, a delete marker on top. */
export async function deleteObject(
  client: S3Client,
  { bucket, key, versionId }: ObjectAddress,
  { ifMatch, bypassGovernance = false }: DeleteObjectOptions = {},
): Promise<{ readonly isDeleteMarker: boolean; readonly versionId: string | undefined }> {
  const { headers } = await client.send({
    method: "DELETE",
    bucket,
    key,
    query: { versionId },
    headers: {
      "if-match": ifMatch === undefined ? undefined : `"${ifMatch}"`,
      "x-amz-bypass-governance-retention": bypassGovernance ? "true" : undefined,
    },
  });
  return { isDeleteMarker: headers["x-amz-delete-marker"] === "true", versionId: headers["x-amz-version-id"] };
}
