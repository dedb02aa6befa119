import { writeListBucketResultV2 } from "@stave/s3-xml";
import type { S3Response } from "../http/s3-response.ts";
import { decodeToken, encodeToken } from "../listing/continuation-token.ts";
import { readListing, readPageSize } from "../listing/listing-parameters.ts";
import { objectEntry } from "../listing/object-entry.ts";
import type { OperationContext, OperationRequest } from "./operation.ts";
import { owner } from "./owner.ts";

/** ListObjectsV2: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export async function listObjectsV2(context: OperationContext, request: OperationRequest): Promise<S3Response> {
  const { bucket, query } = request;
  const listing = readListing(query);
  const maxKeys = readPageSize(query, "max-keys");
  const startAfter = query.get("start-after");
  const token = query.get("continuation-token");
  const binding = [bucket, listing.prefix, listing.delimiter ?? ""];
  // An empty token is how some clients say that they have none.
  const after = token ? decodeToken(token, binding) : startAfter;
  const showsOwner = query.get("fetch-owner") === "true";

  const page = await context.store.listObjects(bucket, {
    prefix: listing.prefix,
    maxKeys,
    ...(listing.delimiter !== undefined && { delimiter: listing.delimiter }),
    ...(after !== undefined && after !== "" && { after }),
  });
  const xml = writeListBucketResultV2({
    ...listing,
    name: bucket,
    startAfter,
    continuationToken: token,
    nextContinuationToken: page.nextAfter === undefined ? undefined : encodeToken(page.nextAfter, binding),
    maxKeys,
    isTruncated: page.isTruncated,
    contents: page.objects.map((version) =>
      objectEntry(version, showsOwner ? owner(context, version.ownerId) : undefined),
    ),
    commonPrefixes: page.commonPrefixes,
  });
  return { status: 200, xml };
}
