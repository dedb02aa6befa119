import { parseVersioningConfiguration } from "@stave/s3-xml";
import { readDocument } from "../body/read-document.ts";
import { notImplemented } from "../errors/not-implemented.ts";
import { S3Error } from "../errors/s3-error.ts";
import type { S3Response } from "../http/s3-response.ts";
import type { BodyRequest, OperationContext } from "./operation.ts";

/**
 * PutBucketVersioning: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html
 *
 * Throws `IllegalVersioningConfigurationException`, `MalformedXML`, `InvalidBucketState` for a bucket that is replicated, and
 * `NotImplemented` for MFA delete.
 */
export async function putBucketVersioning({ store }: OperationContext, request: BodyRequest): Promise<S3Response> {
  const document = await readDocument(request.body);
  if (document.length === 0) throw new S3Error("MissingRequestBodyError", "Request body is empty.");
  const { status, mfaDelete } = parseVersioningConfiguration(document);
  if (mfaDelete === "Enabled") throw notImplemented({ header: "x-amz-mfa" });
  if (status === undefined) {
    throw new S3Error(
      "IllegalVersioningConfigurationException",
      "The Versioning element must be specified: Status must be Enabled or Suspended.",
    );
  }
  if (status === "Suspended" && (await request.configurations()).text("replication") !== undefined) {
    throw new S3Error(
      "InvalidBucketState",
      "A replication configuration is present on this bucket, so you cannot change the versioning state. To change the versioning state, first delete the replication configuration.",
    );
  }
  await store.putBucketVersioning(request.bucket, status);
  return { status: 200 };
}
