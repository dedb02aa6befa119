import { S3Error } from "../errors/s3-error.ts";

/** The version a request names, if any. An empty id would quietly mean the current version: `InvalidArgument`. */
export function checkVersionId(versionId: string | undefined): string | undefined {
  if (versionId !== "") return versionId;
  throw new S3Error("InvalidArgument", "Version id cannot be the empty string", {
    elements: { ArgumentName: "versionId", ArgumentValue: "" },
  });
}
