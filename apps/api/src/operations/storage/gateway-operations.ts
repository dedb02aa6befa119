import { HeadBucketCommand } from "@aws-sdk/client-s3";
import type { OperationContext } from "../../context.ts";
import type { Handlers } from "../../http/handler.ts";
import { Problem } from "../../http/problem.ts";
import { bucketQuota } from "../../storage/bucket-quota.ts";
import { inStorage, type Storage } from "../../storage/open-storage.ts";
import { planLifecycle } from "../../storage/plan-lifecycle.ts";

type GatewayHandlers = Pick<Handlers, "planBucketLifecycle" | "getBucketQuota" | "putBucketQuota">;

/** What S3 has no words for, and the built-in engine does. */
export function gatewayOperations(context: OperationContext): GatewayHandlers {
  return {
    planBucketLifecycle: (request) =>
      inStorage(context, request, async (storage) => {
        const { bucket } = request.params;
        await requireOwn(storage, bucket);
        const { rules, at } = request.body;
        return { status: 200, body: { data: await planLifecycle(context, storage, { bucket, rules, at }) } };
      }),
    getBucketQuota: (request) =>
      inStorage(context, request, async (storage) => {
        const { bucket } = request.params;
        await requireOwn(storage, bucket);
        const data = await bucketQuota(context, storage.service, { bucket });
        return { status: 200, headers: { etag: etagOf(data) }, body: { data } };
      }),
    putBucketQuota: (request) =>
      inStorage(context, request, async (storage) => {
        const { bucket } = request.params;
        await requireOwn(storage, bucket);
        const { "if-match": wanted } = request.message.headers;
        if (wanted !== undefined && wanted !== etagOf(await bucketQuota(context, storage.service, { bucket }))) {
          throw new Problem("PRECONDITION_FAILED");
        }
        await storage.record("bucket:put-quota", bucket, request.body);
        const data = await bucketQuota(context, storage.service, { bucket, change: request.body });
        return { status: 200, headers: { etag: etagOf(data) }, body: { data } };
      }),
  };
}

/** The gateway would answer for every bucket; this service may have others. */
async function requireOwn({ client }: Storage, bucket: string): Promise<void> {
  await client.send(new HeadBucketCommand({ Bucket: bucket }));
}

/** Of the limits alone: what is stored changes all the time. */
function etagOf({ maxSizeBytes, maxVersions }: Record<"maxSizeBytes" | "maxVersions", number | null>): string {
  return `"${maxSizeBytes ?? "-"}/${maxVersions ?? "-"}"`;
}
