import { childrenOf, textOf } from "../read-xml.ts";
import type { S3Client } from "../s3-client.ts";
import { dateOf, readAnswer } from "./read-answer.ts";

export type ListedBucket = { readonly name: string; readonly createdAt: Date };

/** ListBuckets, to the last page. */
export async function listBuckets(client: S3Client): Promise<readonly ListedBucket[]> {
  const found: ListedBucket[] = [];
  for (let token: string | undefined; ; ) {
    const answer = await client.send({ query: { "continuation-token": token } });
    const root = readAnswer(answer, "ListAllMyBucketsResult", "the list of buckets");
    for (const buckets of childrenOf(root, "Buckets")) {
      for (const bucket of childrenOf(buckets, "Bucket")) {
        found.push({ name: textOf(bucket, "Name") ?? "", createdAt: dateOf(bucket, "CreationDate") });
      }
    }
    const next = textOf(root, "ContinuationToken");
    if (next === undefined || next === "" || next === token) return found;
    token = next;
  }
}
