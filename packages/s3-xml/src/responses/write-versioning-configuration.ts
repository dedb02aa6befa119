import type { VersioningConfiguration } from "../requests/parse-versioning-configuration.ts";
import { optionalElement, successDocument } from "./xml-writer.ts";

/**
 * The answer of GetBucketVersioning: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html
 *
 * Empty for a bucket whose versioning was never set.
 */
export function writeVersioningConfiguration({ status, mfaDelete }: VersioningConfiguration): string {
  return successDocument(
    "VersioningConfiguration",
    optionalElement("Status", status) + optionalElement("MfaDelete", mfaDelete),
  );
}
