import type { Worker } from "node:cluster";
import type { ObjectStore } from "@stave/object-store";
import { askWorker } from "./ask-worker.ts";

// How the parent, which has no store open, reads what is stored from a worker.

/** What a bucket holds, exactly. */
export type CountedBucket = {
  readonly name: string;
  readonly ownerId: string;
  readonly objects: number;
  /** Older ones included; `sizeBytes` is of all of them. */
  readonly versions: number;
  readonly sizeBytes: number;
  readonly quotaBytes?: number;
};

export type UsagePage = { readonly buckets: readonly CountedBucket[]; readonly isTruncated: boolean };

/** By name; `after` is exclusive. */
export type UsageQuery = { readonly limit: number; readonly after?: string; readonly ownerId?: string };

export type ReadUsage = (query: UsageQuery) => Promise<UsagePage>;

type UsageRequest = { readonly kind: "usage"; readonly id: number; readonly query: UsageQuery };
type UsageAnswer = { readonly kind: "used"; readonly id: number; readonly page?: UsagePage };

/** What a process that has the store open sees. */
export function usageOf(store: Pick<ObjectStore, "listBuckets" | "bucketUsage">): ReadUsage {
  return async ({ limit, after, ownerId }) => {
    const { buckets, isTruncated } = await store.listBuckets({
      maxBuckets: limit,
      ...(after !== undefined && { after }),
      ...(ownerId !== undefined && { ownerId }),
    });
    const counted = await Promise.all(
      buckets.map(async ({ name, ownerId: owner, quota }): Promise<CountedBucket | undefined> => {
        const usage = await store.bucketUsage(name).catch(() => undefined); // it was deleted meanwhile
        const quotaBytes = quota?.maxSizeBytes;
        return usage && { name, ownerId: owner, ...usage, ...(quotaBytes !== undefined && { quotaBytes }) };
      }),
    );
    return { buckets: counted.filter((bucket) => bucket !== undefined), isTruncated };
  };
}

/** Answers the parent in a worker. Other messages are somebody else's. */
export function answerUsageRequests(read: ReadUsage, send: (answer: UsageAnswer) => void): (message: unknown) => void {
  return (message) => {
    if (!isUsageRequest(message)) return;
    const { id, query } = message;
    read(query).then(
      (page) => send({ kind: "used", id, page }),
      () => send({ kind: "used", id }),
    );
  };
}

let lastId = 0;

/** Rejects when the worker cannot read it, or dies. */
export async function requestUsage(worker: Worker, query: UsageQuery): Promise<UsagePage> {
  lastId += 1;
  const id = lastId;
  const request: UsageRequest = { kind: "usage", id, query };
  const { page } = await askWorker(worker, request, (message) => isUsageAnswer(message, id));
  if (page === undefined) throw new Error("A worker could not read what is stored");
  return page;
}

function isUsageRequest(message: unknown): message is UsageRequest {
  return typeof message === "object" && message !== null && "kind" in message && message.kind === "usage";
}

function isUsageAnswer(message: unknown, id: number): message is UsageAnswer {
  const isAnswer = typeof message === "object" && message !== null && "kind" in message && message.kind === "used";
  return isAnswer && "id" in message && message.id === id;
}
