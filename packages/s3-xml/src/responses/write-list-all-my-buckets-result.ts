import { type Owner, ownerElement } from "./members.ts";
import { dateElement, optionalElement, successDocument, textElement } from "./xml-writer.ts";

/** A bucket in a listing. */
export type BucketEntry = {
  readonly name: string;
  readonly createdAt: Date;
  /** Written as `BucketRegion`. */
  readonly region?: string | undefined;
};

/** The buckets of the caller, by name. */
export type ListAllMyBucketsResult = {
  readonly owner: Owner;
  readonly buckets: readonly BucketEntry[];
  /** Present when there are more buckets. */
  readonly continuationToken?: string | undefined;
  readonly prefix?: string | undefined;
};

/** The answer of ListBuckets: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html */
export function writeListAllMyBucketsResult(result: ListAllMyBucketsResult): string {
  let buckets = "";
  for (const bucket of result.buckets) buckets += bucketElement(bucket);
  return successDocument(
    "ListAllMyBucketsResult",
    ownerElement("Owner", result.owner) +
      `<Buckets>${buckets}</Buckets>` +
      optionalElement("ContinuationToken", result.continuationToken) +
      optionalElement("Prefix", result.prefix),
  );
}

function bucketElement(bucket: BucketEntry): string {
  return `<Bucket>${
    textElement("Name", bucket.name) +
    dateElement("CreationDate", bucket.createdAt) +
    optionalElement("BucketRegion", bucket.region)
  }</Bucket>`;
}
