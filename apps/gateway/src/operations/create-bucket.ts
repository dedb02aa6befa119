import { parseCreateBucketConfiguration } from "@stave/s3-xml";
import { readDocument } from "../body/read-document.ts";
import { notImplemented } from "../errors/not-implemented.ts";
import { S3Error } from "../errors/s3-error.ts";
import { checkBucketName } from "../headers/bucket-name.ts";
import type { S3Response } from "../http/s3-response.ts";
import type { BodyRequest, OperationContext } from "./operation.ts";

/**
 * CreateBucket: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
 *
 * Throws `InvalidBucketName`, `InvalidLocationConstraint`, `BucketAlreadyExists`, and `BucketAlreadyOwnedByYou` in every
 * region: the 200 that us-east-1 keeps for old clients hides mistakes.
 */
export async function createBucket({ store, region }: OperationContext, request: BodyRequest): Promise<S3Response> {
  const { bucket, account, headers } = request;
  checkBucketName(bucket);
  checkOwnership(headers["x-amz-object-ownership"]);
  const document = await readDocument(request.body);
  if (document.length > 0) {
    const { locationConstraint, otherMembers } = parseCreateBucketConfiguration(document);
    if (otherMembers[0] !== undefined) throw notImplemented({ parameter: otherMembers[0] });
    checkLocation(locationConstraint, region);
  }

  await store.createBucket({ name: bucket, ownerId: account.id });
  return { status: 200, headers: { location: `/${bucket}` } };
}

function checkOwnership(ownership: string | undefined): void {
  if (ownership === undefined || ownership === "ObjectWriter") return;
  if (ownership === "BucketOwnerPreferred" || ownership === "BucketOwnerEnforced") {
    throw notImplemented({ header: "x-amz-object-ownership" });
  }
  throw new S3Error("InvalidArgument", "Invalid x-amz-object-ownership header", {
    elements: { ArgumentName: "x-amz-object-ownership", ArgumentValue: ownership },
  });
}

function checkLocation(constraint: string | undefined, region: string): void {
  if (constraint === undefined || constraint === region) return;
  if (/^[a-z]{2}(-[a-z]+)+-\d$/.test(constraint)) {
    throw new S3Error(
      "IllegalLocationConstraintException",
      `The ${constraint} location constraint is incompatible for the region specific endpoint this request was sent to: this server is ${region}.`,
    );
  }
  throw new S3Error(
    "InvalidLocationConstraint",
    `The specified location-constraint is not valid: this server is ${region}.`,
    {
      elements: { LocationConstraint: constraint },
    },
  );
}
