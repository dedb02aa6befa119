import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { ServiceRecord } from "@stave/control-database";
import { Problem } from "../http/problem.ts";
import { nameOfS3Error } from "../links/try-key.ts";
import { describeS3Error } from "../services/describe-s3-error.ts";
import { createS3Client } from "../services/s3-client.ts";
import type { Credentials } from "../services/service-credentials.ts";

export type ProbeInput = {
  readonly service: Pick<ServiceRecord, "region">;
  readonly endpoint: string;
  readonly credentials: Credentials;
  /** Of the bucket that it writes to. The same again after a crash, so that nothing is left of the first try. */
  readonly bucket: string;
  readonly signal: AbortSignal;
};

const patienceMs = 5_000;
const pauseMs = 250;
const callMs = 5_000;
const key = "stave-probe";

/** Writes, reads and removes something through S3. Throws a {@link Problem} that says what was refused. Nothing stays. */
export async function probeServer({ signal, bucket, ...input }: ProbeInput): Promise<void> {
  await withClient(input, async (client) => {
    // Servers say that they are healthy before they serve.
    for (const end = performance.now() + patienceMs; ; await sleep(pauseMs, undefined, { signal })) {
      try {
        return await writeAndRead(client, bucket, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (performance.now() < end) continue;
        throw error;
      } finally {
        await sweep(client, bucket);
      }
    }
  });
}

/** The same in each try of a job. */
export function probeBucket({ jobId }: { readonly jobId: string }): string {
  return `stave-probe-${jobId.slice(-16)}`;
}

/** What a probe that was cut off may have left. */
export async function sweepProbe({ bucket, ...input }: Omit<ProbeInput, "signal">): Promise<void> {
  await withClient(input, (client) => sweep(client, bucket));
}

/** Whether a pair opens the server; what cannot be told is a no. */
export async function opensServer(input: Omit<ProbeInput, "bucket">): Promise<boolean> {
  const { signal } = input;
  return await withClient(input, async (client) => {
    try {
      await client.send(new ListBucketsCommand({}), { abortSignal: withTimeout(signal) });
      return true;
    } catch {
      signal.throwIfAborted();
      return false;
    }
  });
}

async function withClient<Result>(
  { service: { region }, endpoint, credentials }: Omit<ProbeInput, "bucket" | "signal">,
  work: (client: S3Client) => Promise<Result>,
): Promise<Result> {
  const client = createS3Client({ endpoint, region, credentials });
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
}

async function writeAndRead(client: S3Client, bucket: string, signal: AbortSignal): Promise<void> {
  const content = `${bucket} ${new Date().toISOString()}`;
  const object = { Bucket: bucket, Key: key };
  const attempt = async (what: string, work: (options: { readonly abortSignal: AbortSignal }) => Promise<unknown>) => {
    try {
      return await work({ abortSignal: withTimeout(signal) });
    } catch (error) {
      throw refused(`${what} failed. ${describeS3Error(error).reason}`, error);
    }
  };
  await attempt("ListBuckets", (options) => client.send(new ListBucketsCommand({}), options));
  await attempt("CreateBucket", (options) =>
    client.send(new CreateBucketCommand({ Bucket: bucket }), options).catch((error: unknown) => {
      if (nameOfS3Error(error) !== "BucketAlreadyOwnedByYou") throw error;
    }),
  );
  await attempt("PutObject", (options) => client.send(new PutObjectCommand({ ...object, Body: content }), options));
  const read = await attempt("GetObject", async (options) => {
    const { Body } = await client.send(new GetObjectCommand(object), options);
    return await Body?.transformToString();
  });
  if (read !== content) throw refused("GetObject gave back something else than was written.");
  await attempt("DeleteObject", (options) => client.send(new DeleteObjectCommand(object), options));
}

/** As well as it can be done: what has failed before is what matters. */
async function sweep(client: S3Client, bucket: string): Promise<void> {
  const send = { abortSignal: AbortSignal.timeout(callMs) };
  await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }), send).catch(() => {});
  await client.send(new DeleteBucketCommand({ Bucket: bucket }), send).catch(() => {});
}

function withTimeout(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(callMs)]);
}

function refused(what: string, cause?: unknown): Problem {
  return new Problem("UNPROCESSABLE", { detail: `The server is healthy, but does not serve S3: ${what}`, cause });
}
