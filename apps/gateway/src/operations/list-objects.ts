import { writeListBucketResultV1 } from "@stave/s3-xml";
import type { S3Response } from "../http/s3-response.ts";
import { readListing, readPageSize } from "../listing/listing-parameters.ts";
import { objectEntry } from "../listing/object-entry.ts";
import type { OperationContext, OperationRequest } from "./operation.ts";
import { owner } from "./owner.ts";

/** ListObjects: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html */
export async function listObjects(context: OperationContext, request: OperationRequest): Promise<S3Response> {
  const { bucket, query } = request;
  const listing = readListing(query);
  const maxKeys = readPageSize(query, "max-keys");
  const marker = query.get("marker") ?? "";

  const page = await context.store.listObjects(bucket, {
    prefix: listing.prefix,
    maxKeys,
    ...(listing.delimiter !== undefined && { delimiter: listing.delimiter }),
    ...(marker !== "" && { after: marker }),
  });
  const xml = writeListBucketResultV1({
    ...listing,
    name: bucket,
    marker,
    maxKeys,
    nextMarker: page.nextAfter,
    isTruncated: page.isTruncated,
    contents: page.objects.map((version) => objectEntry(version, owner(context, version.ownerId))),
    commonPrefixes: page.commonPrefixes,
  });
  return { status: 200, xml };
}
