import { writeListMultipartUploadsResult } from "@stave/s3-xml";
import type { S3Response } from "../http/s3-response.ts";
import { readListing, readPageSize } from "../listing/listing-parameters.ts";
import { storageClass } from "../listing/object-entry.ts";
import type { OperationContext, OperationRequest } from "./operation.ts";
import { owner } from "./owner.ts";

/** ListMultipartUploads: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html */
export async function listMultipartUploads(context: OperationContext, request: OperationRequest): Promise<S3Response> {
  const { bucket, query } = request;
  const listing = readListing(query);
  const maxUploads = readPageSize(query, "max-uploads");
  const keyMarker = query.get("key-marker") ?? "";
  const uploadIdMarker = query.get("upload-id-marker") ?? "";

  const page = await context.store.listUploads(bucket, {
    prefix: listing.prefix,
    maxUploads,
    ...(listing.delimiter !== undefined && { delimiter: listing.delimiter }),
    ...(keyMarker !== "" && { keyMarker }),
    ...(uploadIdMarker !== "" && { uploadIdMarker }),
  });
  const xml = writeListMultipartUploadsResult({
    ...listing,
    bucket,
    keyMarker,
    uploadIdMarker,
    nextKeyMarker: page.nextKeyMarker,
    nextUploadIdMarker: page.nextUploadIdMarker,
    maxUploads,
    isTruncated: page.isTruncated,
    uploads: page.uploads.map((upload) => ({
      key: upload.key,
      uploadId: upload.uploadId,
      initiator: owner(context, upload.ownerId),
      owner: owner(context, upload.ownerId),
      storageClass,
      initiatedAt: upload.initiatedAt,
      checksumAlgorithm: upload.checksumAlgorithm,
      checksumType: upload.checksumType,
    })),
    commonPrefixes: page.commonPrefixes,
  });
  return { status: 200, xml };
}
