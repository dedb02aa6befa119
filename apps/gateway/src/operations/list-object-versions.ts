import { writeListVersionsResult } from "@stave/s3-xml";
import { checkVersionId } from "../headers/version-id.ts";
import type { S3Response } from "../http/s3-response.ts";
import { invalid, readListing, readPageSize } from "../listing/listing-parameters.ts";
import { objectEntry } from "../listing/object-entry.ts";
import type { OperationContext, OperationRequest } from "./operation.ts";
import { owner } from "./owner.ts";

/** ListObjectVersions, on any bucket: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html */
export async function listObjectVersions(context: OperationContext, request: OperationRequest): Promise<S3Response> {
  const { bucket, query } = request;
  const listing = readListing(query);
  const maxKeys = readPageSize(query, "max-keys");
  const keyMarker = query.get("key-marker") ?? "";
  const versionIdMarker = query.get("version-id-marker") ?? "";
  if (versionIdMarker !== "" && keyMarker === "") {
    throw invalid(
      "version-id-marker",
      versionIdMarker,
      "A version-id marker cannot be specified without a key marker.",
    );
  }
  if (versionIdMarker !== "") checkVersionId(versionIdMarker, "version-id-marker");

  const page = await context.store.listVersions(bucket, {
    prefix: listing.prefix,
    maxKeys,
    ...(listing.delimiter !== undefined && { delimiter: listing.delimiter }),
    ...(keyMarker !== "" && { keyMarker }),
    ...(versionIdMarker !== "" && { versionIdMarker }),
  });
  const xml = writeListVersionsResult({
    ...listing,
    name: bucket,
    keyMarker,
    versionIdMarker,
    nextKeyMarker: page.nextKeyMarker,
    nextVersionIdMarker: page.nextVersionIdMarker,
    maxKeys,
    isTruncated: page.isTruncated,
    versions: page.versions.map((version) => {
      const { key, versionId, isLatest, lastModified } = version;
      const common = { key, versionId, isLatest, lastModified, owner: owner(context, version.ownerId) };
      if (version.isDeleteMarker) return { ...common, isDeleteMarker: true };
      return { ...objectEntry(version), ...common, isDeleteMarker: false };
    }),
    commonPrefixes: page.commonPrefixes,
  });
  return { status: 200, xml };
}
