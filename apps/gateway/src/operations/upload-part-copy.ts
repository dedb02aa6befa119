import type { ByteRange } from "@stave/object-store";
import { writeCopyPartResult } from "@stave/s3-xml";
import { defaultChecksum, parseAlgorithm } from "../body/checksum-headers.ts";
import { checksummed } from "../body/checksummed.ts";
import { encryptionOfPart } from "../encryption/key-of-version.ts";
import { S3Error } from "../errors/s3-error.ts";
import { readCopySource } from "../headers/copy-source.ts";
import { encryptionHeaders } from "../headers/encryption-headers.ts";
import { refuseObjectHeaders } from "../headers/refuse-foreign.ts";
import type { S3Response } from "../http/s3-response.ts";
import { findUpload, readUploadPartNumber, uploadAddress } from "./find-upload.ts";
import { openSource, refuseLargeSource } from "./open-source.ts";
import type { OperationContext, OperationRequest } from "./operation.ts";

const rangeHeader = "x-amz-copy-source-range";

/** UploadPartCopy: https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html */
export async function uploadPartCopy(context: OperationContext, request: OperationRequest): Promise<S3Response> {
  const { store, masterKeys } = context;
  refuseObjectHeaders(request.headers);
  const partNumber = readUploadPartNumber(request);
  const source = readCopySource(request.headers);
  const address = uploadAddress(request);
  const upload = await findUpload(store, address);
  const { checksumAlgorithm } = upload;
  const encryption = encryptionOfPart(masterKeys, request.headers, upload);

  const open = await openSource(context, request, source);
  try {
    const range = readSourceRange(request.headers[rangeHeader], open.version.sizeBytes);
    const sizeBytes = range === undefined ? open.version.sizeBytes : range.last - range.first + 1;
    refuseLargeSource(sizeBytes);
    const algorithm = checksumAlgorithm === undefined ? defaultChecksum : parseAlgorithm(checksumAlgorithm);
    const { body, checksum } = checksummed(open.read(range), algorithm);
    const part = await store.putPart(address, body, {
      partNumber,
      declaredSizeBytes: sizeBytes,
      checksum,
      ...(encryption !== undefined && { encryption }),
    });
    const hasVersion = source.versionId !== undefined || open.version.versionId !== "null";
    return {
      status: 200,
      headers: {
        ...(hasVersion && { "x-amz-copy-source-version-id": open.version.versionId }),
        ...encryptionHeaders(request.headers, upload.encryption),
      },
      xml: writeCopyPartResult({ etag: part.etag, lastModified: part.lastModified, checksum: part.checksum }),
    };
  } finally {
    await open.close();
  }
}

/** Unlike Range, both ends must be given and must exist. Throws `InvalidArgument`. */
function readSourceRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  if (header === undefined) return undefined;
  const match = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header.trim());
  const first = Number(match?.[1] ?? Number.NaN);
  const last = Number(match?.[2] ?? Number.NaN);
  if (Number.isNaN(first) || Number.isNaN(last) || first > last) {
    throw invalidRange(
      "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
      header,
    );
  }
  if (last >= sizeBytes)
    throw invalidRange(`Range specified is not valid for source object of size: ${sizeBytes}`, header);
  return { first, last };
}

function invalidRange(message: string, value: string): S3Error {
  return new S3Error("InvalidArgument", message, { elements: { ArgumentName: rangeHeader, ArgumentValue: value } });
}
