import type { ObjectStore } from "@stave/object-store";
import { StoreError } from "@stave/object-store";
import type { LoggingEnabled } from "@stave/s3-xml";
import { findTarget } from "./find-target.ts";
import { type LogOrigin, logKey } from "./log-key.ts";

export interface AccessLogOptions {
  readonly store: ObjectStore;
  readonly region: string;
  readonly now: () => Date;
  /** A record was written down, or lost: the disk is full, the target bucket is gone, or more came than could be stored. */
  readonly onRecords: (outcome: "delivered" | "dropped", count: number) => void;
  /** Called with what went wrong with a delivery. */
  readonly onError: (error: unknown, target: { readonly bucket: string; readonly targetBucket: string }) => void;
  /** A batch this large is delivered at once. @default 1 MiB */
  readonly maxBatchBytes?: number;
  /** All of them together, those under way included; beyond it records are dropped. @default 16 MiB */
  readonly maxBufferedBytes?: number;
  /** No record waits longer. @default 5 minutes */
  readonly deliverEveryMs?: number;
}

export type LogSource = { readonly bucket: string; readonly ownerId: string; readonly logging: LoggingEnabled };

/**
 * Collects access records of this process and stores them in their target buckets.
 *
 * Best effort, as on AWS: what is not delivered when the process is killed is lost. Deliveries are no requests, so a bucket that
 * logs into itself does not log its logs.
 */
export interface AccessLog {
  /** Takes a line. Costs no waiting. */
  add(source: LogSource, line: string, receivedAt: Date): void;
  /** A request whose record is not known yet: `close` waits for it. */
  waitFor(record: Promise<void>): void;
  /** Counts records that could not be written down. */
  lose(count: number): void;
  /** Delivers all there is. */
  flush(): Promise<void>;
  /** Delivers all there is, and takes no more. */
  close(): Promise<void>;
}

type Batch = {
  readonly source: LogSource;
  readonly day: string;
  lines: string[];
  sizeBytes: number;
  /** Waits for the next round, however large it grows: a disk that is full is not asked at every request. */
  hasFailed: boolean;
};

const mib = 2 ** 20;

export function createAccessLog(options: AccessLogOptions): AccessLog {
  const { maxBatchBytes = mib, maxBufferedBytes = 16 * mib, deliverEveryMs = 5 * 60_000, onRecords } = options;
  const open = new Map<string, Batch>();
  const underWay = new Set<Promise<void>>();
  let bufferedBytes = 0;
  let isClosed = false;

  const settle = (batch: Batch, outcome: "delivered" | "dropped") => {
    bufferedBytes -= batch.sizeBytes;
    onRecords(outcome, batch.lines.length);
  };
  const deliver = (name: string, batch: Batch): void => {
    open.delete(name);
    const delivery = store(batch, options).then(
      () => settle(batch, "delivered"),
      (error: unknown) => {
        options.onError(error, { bucket: batch.source.bucket, targetBucket: batch.source.logging.targetBucket });
        if (isClosed || !mayWorkLater(error)) settle(batch, "dropped");
        else putBack(open, name, batch);
      },
    );
    underWay.add(delivery);
    void delivery.finally(() => underWay.delete(delivery));
  };
  const flush = async (): Promise<void> => {
    for (const [name, batch] of [...open]) deliver(name, batch);
    await Promise.all(underWay);
  };
  const timer = setInterval(() => void flush(), deliverEveryMs);
  timer.unref();

  return {
    add(source, line, receivedAt) {
      const sizeBytes = line.length; // records are ASCII
      if (isClosed || bufferedBytes + sizeBytes > maxBufferedBytes) return onRecords("dropped", 1);
      bufferedBytes += sizeBytes;
      const day = receivedAt.toISOString().slice(0, 10);
      const name = JSON.stringify([source.bucket, source.ownerId, source.logging, day]);
      const batch = open.get(name) ?? { source, day, lines: [], sizeBytes: 0, hasFailed: false };
      open.set(name, batch);
      batch.lines.push(line);
      batch.sizeBytes += sizeBytes;
      if (batch.sizeBytes >= maxBatchBytes && !batch.hasFailed) deliver(name, batch);
    },
    waitFor(record) {
      underWay.add(record);
      void record.finally(() => underWay.delete(record));
    },
    lose: (count) => onRecords("dropped", count),
    flush,
    async close() {
      clearInterval(timer);
      await Promise.all(underWay); // what failed is tried once more
      isClosed = true;
      await flush();
    },
  };
}

async function store({ source, day, lines }: Batch, { store, region, now }: AccessLogOptions): Promise<void> {
  const { bucket, ownerId, logging } = source;
  await findTarget(store, { ownerId, targetBucket: logging.targetBucket });
  const origin: LogOrigin = { bucket, ownerId, region, day };
  await store.putObject(
    { bucket: logging.targetBucket, key: logKey(logging, origin, now()) },
    Buffer.from(lines.join("")),
    { ownerId, metadata: { headers: { "content-type": "text/plain" }, user: {} } },
  );
}

/** A target that is gone, or not to be used, stays so until somebody configures another one. */
function mayWorkLater(error: unknown): boolean {
  return error instanceof StoreError && error.code !== "NoSuchBucket";
}

/** Before what has come since. */
function putBack(open: Map<string, Batch>, name: string, batch: Batch): void {
  batch.hasFailed = true;
  const since = open.get(name);
  if (since !== undefined) {
    batch.lines = batch.lines.concat(since.lines);
    batch.sizeBytes += since.sizeBytes;
  }
  open.set(name, batch);
}
