import { isVersionId } from "@stave/object-store";
import { S3Error } from "../errors/s3-error.ts";

/**
 * The version a request names, if any. Throws `InvalidArgument` for what is no version id; above all for an empty one, which would
 * quietly mean the current version.
 */
export function checkVersionId(
  versionId: string | undefined,
  name: "versionId" | "version-id-marker" = "versionId",
): string | undefined {
  if (versionId === undefined || isVersionId(versionId)) return versionId;
  const message = versionId === "" ? "Version id cannot be the empty string" : "Invalid version id specified";
  throw new S3Error("InvalidArgument", message, { elements: { ArgumentName: name, ArgumentValue: versionId } });
}
