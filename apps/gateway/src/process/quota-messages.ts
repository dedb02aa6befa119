import type { Worker } from "node:cluster";
import type { BucketQuota, BucketUsage, ObjectStore } from "@stave/object-store";
import { S3Error, type S3ErrorCode } from "../errors/s3-error.ts";
import { toS3Error } from "../errors/to-s3-error.ts";
import { askWorker } from "./ask-worker.ts";

// How the parent, which has no store open, reads and changes the quotas of buckets through a worker.

/** What a bucket may hold, and what it does. */
export type QuotaState = { readonly quota: BucketQuota; readonly usage: BucketUsage };

/** With `quota` it is changed first; without limits in it, there are none from then on. */
export type QuotaCall = { readonly bucket: string; readonly quota?: BucketQuota };

/** Throws `NoSuchBucket`. */
export type CallQuota = (call: QuotaCall) => Promise<QuotaState>;

type QuotaRequest = { readonly kind: "quota"; readonly id: number; readonly call: QuotaCall };

type QuotaAnswer = { readonly kind: "quota-is"; readonly id: number } & (
  | { readonly state: QuotaState }
  | { readonly code: S3ErrorCode; readonly message: string }
);

/** In a process that has the store open. */
export function quotaOf(store: Pick<ObjectStore, "readBucket" | "bucketUsage" | "putBucketQuota">): CallQuota {
  return async ({ bucket: name, quota }) => {
    if (quota !== undefined) await store.putBucketQuota(name, Object.keys(quota).length === 0 ? undefined : quota);
    const bucket = await store.readBucket(name);
    if (bucket === undefined) {
      throw new S3Error("NoSuchBucket", "The specified bucket does not exist", { elements: { BucketName: name } });
    }
    return { quota: bucket.quota ?? {}, usage: await store.bucketUsage(name) };
  };
}

/** Answers the parent in a worker. Other messages are somebody else's. */
export function answerQuotaRequests(call: CallQuota, send: (answer: QuotaAnswer) => void): (message: unknown) => void {
  return (message) => {
    if (!isQuotaRequest(message)) return;
    const { id } = message;
    call(message.call).then(
      (state) => send({ kind: "quota-is", id, state }),
      (error: unknown) => {
        const { code, message: text } = toS3Error(error);
        send({ kind: "quota-is", id, code, message: text });
      },
    );
  };
}

let lastId = 0;

/** Rejects with what the worker says, or when it dies. */
export async function requestQuota(worker: Worker, call: QuotaCall): Promise<QuotaState> {
  lastId += 1;
  const id = lastId;
  const request: QuotaRequest = { kind: "quota", id, call };
  const answer = await askWorker(worker, request, (message) => isQuotaAnswer(message, id));
  if ("code" in answer) throw new S3Error(answer.code, answer.message);
  return answer.state;
}

function isQuotaRequest(message: unknown): message is QuotaRequest {
  return typeof message === "object" && message !== null && "kind" in message && message.kind === "quota";
}

function isQuotaAnswer(message: unknown, id: number): message is QuotaAnswer {
  const isAnswer = typeof message === "object" && message !== null && "kind" in message && message.kind === "quota-is";
  return isAnswer && "id" in message && message.id === id;
}
