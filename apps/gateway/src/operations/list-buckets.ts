import { writeListAllMyBucketsResult } from "@stave/s3-xml";
import { S3Error } from "../errors/s3-error.ts";
import type { S3Response } from "../http/s3-response.ts";
import { decodeToken, encodeToken } from "../listing/continuation-token.ts";
import type { OperationContext, OperationRequest } from "./operation.ts";
import { owner } from "./owner.ts";

const maxBuckets = 10_000;

/** ListBuckets, the caller's own: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html */
export async function listBuckets(context: OperationContext, request: OperationRequest): Promise<S3Response> {
  const { store, region } = context;
  const { account, query } = request;
  const prefix = query.get("prefix") ?? "";
  const wantedRegion = query.get("bucket-region");
  const token = query.get("continuation-token");
  const binding = ["buckets", account.id, prefix];
  const after = token === undefined ? undefined : decodeToken(token, binding);
  const limit = readMaxBuckets(query.get("max-buckets"));

  const page =
    wantedRegion !== undefined && wantedRegion !== region
      ? { buckets: [], isTruncated: false }
      : await store.listBuckets({
          ownerId: account.id,
          prefix,
          maxBuckets: limit,
          ...(after !== undefined && { after }),
        });
  const last = page.buckets.at(-1);
  const xml = writeListAllMyBucketsResult({
    owner: owner(context, account.id),
    buckets: page.buckets.map(({ name, createdAt }) => ({ name, createdAt, region })),
    continuationToken: page.isTruncated && last !== undefined ? encodeToken(last.name, binding) : undefined,
    prefix: query.get("prefix"),
  });
  return { status: 200, xml };
}

function readMaxBuckets(text: string | undefined): number {
  if (text === undefined) return maxBuckets;
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= maxBuckets) return count;
  throw new S3Error("InvalidArgument", `Argument max-buckets must be an integer between 1 and ${maxBuckets}`, {
    elements: { ArgumentName: "max-buckets", ArgumentValue: text },
  });
}
