import type { StoredChecksum } from "@stave/object-store";
import type { ChecksumAlgorithm } from "@stave/s3-checksum";
import { writeInitiateMultipartUploadResult } from "@stave/s3-xml";
import { parseAlgorithm } from "../body/checksum-headers.ts";
import { wantedEncryption } from "../encryption/wanted-encryption.ts";
import { S3Error } from "../errors/s3-error.ts";
import { encryptionHeaders } from "../headers/encryption-headers.ts";
import { readObjectMetadata } from "../headers/object-metadata.ts";
import { refuseWriteOffset } from "../headers/refuse-foreign.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import type { S3Response } from "../http/s3-response.ts";
import { abortHeaders } from "../lifecycle/lifecycle-headers.ts";
import { describeNewObject } from "./describe-new-object.ts";
import type { OperationContext, OperationRequest } from "./operation.ts";

/** CreateMultipartUpload: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html */
export async function createMultipartUpload(context: OperationContext, request: OperationRequest): Promise<S3Response> {
  const { bucket, key, headers } = request;
  refuseWriteOffset(headers);
  const metadata = readObjectMetadata(headers);
  const checksum = readUploadChecksum(headers);
  // The retention of the bucket counts from the completion, which is when the object comes into being.
  const { ownerId, attributes } = describeNewObject(context, request);

  const encryption = (await wantedEncryption(context, request))?.description;

  const upload = await context.store.createUpload(
    { bucket, key },
    {
      ownerId,
      metadata,
      ...(attributes !== undefined && { attributes }),
      ...(checksum !== undefined && { checksumAlgorithm: checksum.algorithm, checksumType: checksum.type }),
      ...(encryption !== undefined && { encryption }),
    },
  );
  return {
    status: 200,
    headers: {
      ...(checksum !== undefined && {
        "x-amz-checksum-algorithm": checksum.algorithm,
        "x-amz-checksum-type": checksum.type,
      }),
      ...encryptionHeaders(headers, encryption),
      ...(await abortHeaders(context, request, upload)),
    },
    xml: writeInitiateMultipartUploadResult({ bucket, key, uploadId: upload.uploadId }),
  };
}

type UploadChecksum = { readonly algorithm: ChecksumAlgorithm; readonly type: StoredChecksum["type"] };

/** Which checksum the object will have, and how it is made of those of its parts. Throws `InvalidRequest`. */
function readUploadChecksum(headers: RequestHeaders): UploadChecksum | undefined {
  const algorithmText = headers["x-amz-checksum-algorithm"];
  const type = headers["x-amz-checksum-type"]?.toUpperCase();
  if (algorithmText === undefined) {
    if (type === undefined) return undefined;
    throw invalid("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.");
  }
  const algorithm = parseAlgorithm(algorithmText);
  if (type === undefined) return { algorithm, type: algorithm === "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE" };
  if (type !== "FULL_OBJECT" && type !== "COMPOSITE") throw invalid("Value for x-amz-checksum-type header is invalid.");
  const isSha = algorithm === "SHA1" || algorithm === "SHA256";
  if ((type === "COMPOSITE" && algorithm === "CRC64NVME") || (type === "FULL_OBJECT" && isSha)) {
    throw invalid(`The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`);
  }
  return { algorithm, type };
}

function invalid(message: string): S3Error {
  return new S3Error("InvalidRequest", message);
}
