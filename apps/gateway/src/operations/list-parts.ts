import { writeListPartsResult } from "@stave/s3-xml";
import type { S3Response } from "../http/s3-response.ts";
import { abortHeaders } from "../lifecycle/lifecycle-headers.ts";
import { invalid, readPageSize } from "../listing/listing-parameters.ts";
import { storageClass } from "../listing/object-entry.ts";
import { findUpload, uploadAddress } from "./find-upload.ts";
import type { OperationContext, OperationRequest } from "./operation.ts";
import { owner } from "./owner.ts";

/** ListParts: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html Throws `NoSuchUpload`, `InvalidArgument`. */
export async function listParts(context: OperationContext, request: OperationRequest): Promise<S3Response> {
  const { bucket, key, query } = request;
  const maxParts = readPageSize(query, "max-parts");
  const partNumberMarker = readMarker(query.get("part-number-marker"));
  const address = uploadAddress(request);
  const upload = await findUpload(context.store, address);

  const page = await context.store.listParts(address, { afterPartNumber: partNumberMarker, maxParts });
  const xml = writeListPartsResult({
    bucket,
    key,
    uploadId: upload.uploadId,
    initiator: owner(context, upload.ownerId),
    owner: owner(context, upload.ownerId),
    storageClass,
    partNumberMarker,
    nextPartNumberMarker: page.nextPartNumber,
    maxParts,
    isTruncated: page.isTruncated,
    checksumAlgorithm: upload.checksumAlgorithm,
    checksumType: upload.checksumType,
    parts: page.parts,
  });
  return { status: 200, headers: await abortHeaders(context, request, upload), xml };
}

function readMarker(text: string | undefined): number {
  if (text === undefined || text === "") return 0;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw invalid("part-number-marker", text, "Provided part-number-marker not an integer or within integer range");
}
