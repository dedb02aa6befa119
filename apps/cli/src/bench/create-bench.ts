import { createHash, randomFillSync } from "node:crypto";
import { performance } from "node:perf_hooks";
import { CliError } from "../command/cli-error.ts";
import { deleteObjects, maxDeleteObjects } from "../s3/operations/delete-objects.ts";
import { getObject } from "../s3/operations/get-object.ts";
import { headObject } from "../s3/operations/head-object.ts";
import { listObjectPages } from "../s3/operations/list-objects.ts";
import { putObject } from "../s3/operations/put-object.ts";
import type { S3Client } from "../s3/s3-client.ts";

export type Measured = {
  readonly operation: "put" | "get" | "head" | "list";
  readonly sizeBytes: number;
  readonly count: number;
  readonly perSecond: number;
  /** Null where no bytes of objects are sent. */
  readonly bytesPerSecond: number | null;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
};

export type BenchOptions = {
  readonly bucket: string;
  readonly prefix: string;
  /** Of each operation. */
  readonly seconds: number;
  /** Requests at the same time. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
};

export type Bench = {
  /** Put, get, head and list with objects of this size. */
  measure(sizeBytes: number): Promise<readonly Measured[]>;
  cleanUp(): Promise<void>;
};

/** What is stored for one size, so that no disk is filled. */
const maxStoredBytes = 1024 ** 3;

/** Measures from outside what a client sees. Before each operation some requests go that do not count. */
export function createBench(client: S3Client, options: BenchOptions): Bench {
  const { bucket, prefix, signal } = options;
  const always = new AbortController().signal;
  const cleaner: S3Client = { ...client, send: (request) => client.send({ ...request, signal: always }) };
  const made: string[] = [];
  return {
    async measure(sizeBytes) {
      const body = randomFillSync(Buffer.alloc(sizeBytes));
      const payloadHash = createHash("sha256").update(body).digest("hex");
      const most = Math.max(options.concurrency, Math.floor(maxStoredBytes / Math.max(1, sizeBytes)));
      const keys: string[] = [];
      const put = async (at: number) => {
        const key = keys[at % most] ?? `${prefix}${sizeBytes}/${String(at).padStart(8, "0")}`;
        if (at < most) {
          keys[at] = key;
          made.push(key);
        }
        await putObject(client, { bucket, key, body, payloadHash, signal });
      };
      const keyAt = (at: number) => keys[(at * 7919) % keys.length] ?? "";
      const get = async (at: number) => {
        const answer = await getObject(client, { bucket, key: keyAt(at), signal });
        let received = 0;
        for await (const chunk of answer.body) received += (chunk as Buffer).length;
        if (received !== sizeBytes) throw new CliError("Failed", `Got ${received} of ${sizeBytes} bytes.`);
      };
      const head = async (at: number) => {
        await headObject(client, { bucket, key: keyAt(at) });
      };
      const list = async () => {
        await listObjectPages(client, { bucket, prefix: `${prefix}${sizeBytes}/` }).next();
      };
      const work = { put, get, head, list };
      const rows: Measured[] = [];
      for (const operation of ["put", "get", "head", "list"] as const) {
        const times = await runFor(work[operation], options);
        const hasBytes = operation === "put" || operation === "get";
        rows.push(summarize(times, { operation, sizeBytes, hasBytes }));
      }
      return rows;
    },
    async cleanUp() {
      for (let at = 0; at < made.length; at += maxDeleteObjects) {
        const objects = made.slice(at, at + maxDeleteObjects).map((key) => ({ key }));
        await deleteObjects(cleaner, { bucket, objects });
      }
    },
  };
}

type Times = { readonly ms: readonly number[]; readonly wholeMs: number };

async function runFor(
  work: (at: number) => Promise<void>,
  { seconds, concurrency, signal }: Pick<BenchOptions, "seconds" | "concurrency" | "signal">,
): Promise<Times> {
  let next = 0;
  const warmUp = Array.from({ length: concurrency }, () => work(next++));
  await Promise.all(warmUp);
  const ms: number[] = [];
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1000;
  let hasFailed = false;
  const worker = async () => {
    while (performance.now() < endsAt && !signal.aborted && !hasFailed) {
      const from = performance.now();
      await work(next++).catch((error: unknown) => {
        hasFailed = true;
        throw error;
      });
      ms.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return { ms, wholeMs: performance.now() - startedAt };
}

function summarize(
  { ms, wholeMs }: Times,
  { operation, sizeBytes, hasBytes }: Pick<Measured, "operation" | "sizeBytes"> & { readonly hasBytes: boolean },
): Measured {
  const sorted = ms.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const perSecond = (ms.length * 1000) / wholeMs;
  return {
    operation,
    sizeBytes,
    count: ms.length,
    perSecond,
    bytesPerSecond: hasBytes ? perSecond * sizeBytes : null,
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
    maxMs: at(1),
  };
}
