import {
  parseServerSideEncryptionConfiguration,
  type ServerSideEncryptionConfiguration,
  writeServerSideEncryptionConfiguration,
} from "@stave/s3-xml";
import { S3Error } from "../errors/s3-error.ts";
import { kmsNotImplemented } from "../headers/encryption-headers.ts";
import { deleteStored, getStored, putStored } from "./stored-configuration.ts";
import { absentConfiguration } from "./unset-configuration.ts";

/** GetBucketEncryption: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html */
export const getBucketEncryption = getStored(
  "encryption",
  absentConfiguration(
    "ServerSideEncryptionConfigurationNotFoundError",
    "The server side encryption configuration was not found",
  ),
);

/** PutBucketEncryption: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html */
export const putBucketEncryption = putStored("encryption", {
  parse: parseServerSideEncryptionConfiguration,
  write: writeServerSideEncryptionConfiguration,
  check: checkEncryption,
});

/** DeleteBucketEncryption: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketEncryption.html */
export const deleteBucketEncryption = deleteStored("encryption");

/** What is not in here is not encrypted so. Throws `NotImplemented` for KMS, `MalformedXML`, `InvalidArgument`. */
function checkEncryption({ rules }: ServerSideEncryptionConfiguration): void {
  const [rule] = rules;
  if (rule === undefined || rules.length > 1) throw malformed();
  const { sseAlgorithm, kmsMasterKeyId, blockedEncryptionTypes } = rule;
  if (sseAlgorithm === undefined && blockedEncryptionTypes === undefined) throw malformed();
  if (sseAlgorithm === "aws:kms" || sseAlgorithm === "aws:kms:dsse")
    throw kmsNotImplemented({ SSEAlgorithm: sseAlgorithm });
  if (kmsMasterKeyId !== undefined) {
    throw new S3Error(
      "InvalidArgument",
      "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
      { elements: { ArgumentName: "KMSMasterKeyID" } },
    );
  }
  if (blockedEncryptionTypes?.some((type) => type !== "SSE-C" && type !== "NONE")) throw malformed();
}

function malformed(): S3Error {
  return new S3Error(
    "MalformedXML",
    "The XML you provided was not well-formed or did not validate against our published schema",
  );
}
