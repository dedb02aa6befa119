import type { Upload } from "@stave/object-store";
import { defaultChecksum, parseAlgorithm } from "../body/checksum-headers.ts";
import type { VerifiedBody } from "../body/open-body.ts";
import { encryptionOfPart } from "../encryption/key-of-version.ts";
import { S3Error } from "../errors/s3-error.ts";
import { encryptionHeaders } from "../headers/encryption-headers.ts";
import { checksumHeaders, quote } from "../headers/object-headers.ts";
import { refuseObjectHeaders } from "../headers/refuse-foreign.ts";
import { requireDigest, withDefaultRetention } from "../headers/written-attributes.ts";
import type { S3Response } from "../http/s3-response.ts";
import { findUpload, readUploadPartNumber, uploadAddress } from "./find-upload.ts";
import type { BodyRequest, OperationContext } from "./operation.ts";

/**
 * UploadPart: https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
 *
 * Throws `InvalidArgument`, `NoSuchUpload`, `InvalidRequest` for another checksum or encryption than the upload's, `BadDigest`;
 * whatever made the body fail.
 */
export async function uploadPart({ store, masterKeys }: OperationContext, request: BodyRequest): Promise<S3Response> {
  const { body, headers, bucketInfo } = request;
  refuseObjectHeaders(headers);
  const partNumber = readUploadPartNumber(request);
  const address = uploadAddress(request);
  const upload = await findUpload(store, address);
  agreeOnChecksum(upload, body);
  const encryption = encryptionOfPart(masterKeys, headers, upload);
  if (bucketInfo?.hasObjectLock === true) {
    requireDigest(body, await withDefaultRetention(upload.attributes, request), "Part");
  }

  const part = await store.putPart(address, await body.source(), {
    partNumber,
    declaredSizeBytes: body.declaredSizeBytes,
    contentMd5: body.contentMd5,
    checksum: body.checksum,
    ...(encryption !== undefined && { encryption }),
  });
  const { "x-amz-checksum-type": _, ...checksum } = checksumHeaders(part.checksum);
  return {
    status: 200,
    headers: { etag: quote(part.etag), ...checksum, ...encryptionHeaders(headers, upload.encryption) },
  };
}

function agreeOnChecksum({ checksumAlgorithm }: Upload, body: VerifiedBody): void {
  const sent = body.clientChecksum?.algorithm;
  if (sent === undefined) {
    body.alsoCompute(checksumAlgorithm === undefined ? defaultChecksum : parseAlgorithm(checksumAlgorithm));
  } else if (checksumAlgorithm !== undefined && sent !== checksumAlgorithm) {
    throw new S3Error(
      "InvalidRequest",
      `Checksum Type mismatch occurred, expected checksum Type: ${checksumAlgorithm.toLowerCase()}, actual checksum Type: ${sent.toLowerCase()}`,
    );
  }
}
