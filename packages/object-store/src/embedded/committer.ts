import { StoreError } from "../store-error.ts";
import type { CommitGate } from "./commit-gate.ts";
import { diskError, noSpaceLeft, outcomeUnknown } from "./disk-error.ts";
import type { OnDurabilityPoint } from "./durability-point.ts";
import type { Change } from "./log/commit-record.ts";
import type { SegmentLog } from "./log/segment-log.ts";
import { type Index, readNumber, writeNumber } from "./open-index.ts";
import { type Aftermath, createTransaction, type Transaction, type TransactionOptions } from "./transaction.ts";
import { flushOthers, noteUnflushed } from "./unflushed.ts";

/**
 * A step decides and writes in one go, and only through the transaction: when others of its batch fail it is run again.
 * When it throws a {@link StoreError} it must not have written anything.
 */
export type Step<T> = (transaction: Transaction) => T;

export interface Committer {
  /** Resolves when what the step wrote is on the disk. `bodyBytes`: what it adds to the log, roughly. */
  run<T>(step: Step<T>, bodyBytes?: number): Promise<T>;
  /** As `run`, for a step that lets space come back: it may use the reserve of the disk. */
  free<T>(step: Step<T>, bodyBytes?: number): Promise<T>;
  /** Refuses everything from now on: the index is not to be trusted until it is recovered. */
  stop(cause: unknown): void;
  /** Resolves when nothing is waiting. */
  drain(): Promise<void>;
}

export type CommitterOptions = {
  readonly directory: string;
  readonly epoch: number;
  readonly log: SegmentLog;
  readonly gate: CommitGate;
  /** Called after the commit; the writer is answered when it resolves. Must not reject. */
  readonly onCommitted: (aftermath: Aftermath, isFlushed: boolean) => Promise<void>;
  /** The commit that the last checkpoint includes. */
  readonly checkpointed: () => number;
  /** Called after each transaction that changed something. */
  readonly onTransaction: (changes: number) => void;
  readonly isDiskFull: () => Promise<boolean>;
  /** True when only what frees space may still use any. */
  readonly isSpaceLow: () => boolean;
  /** For a step that frees space and found none itself. */
  readonly makeRoom: () => Promise<void>;
  /** Waiting and dead ones: what does not fit is dropped and counted. */
  readonly maxQueueMessages: number;
  readonly onPoint: OnDurabilityPoint;
} & Pick<TransactionOptions, "ownerQuota" | "ownerBuckets">;

/** A batch holds the event loop and the write lock while its steps run: about 10 µs each. */
const maxBatch = 512;
const maxBatchBytes = 8 * 2 ** 20;

type Waiting = {
  readonly step: Step<unknown>;
  readonly bodyBytes: number;
  readonly isFreeing: boolean;
  /** It is not made for the same step twice. */
  readonly hasMadeRoom?: boolean;
  readonly isRetry?: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
};

type Outcome = { readonly value: unknown; readonly aftermath: Aftermath } | { readonly refusal: unknown };
type Outcomes = { readonly outcomes: readonly Outcome[]; readonly isFlushed: boolean };

/**
 * Group commit: all steps that wait become one transaction and one append to the log, whose flush they share. The commit in
 * flight is the time the next batch collects in, so a lone writer never waits for company.
 */
export function createCommitter(index: Index, options: CommitterOptions): Committer {
  const { log, gate, onCommitted, maxQueueMessages, isDiskFull, isSpaceLow, makeRoom } = options;
  const { ownerQuota, ownerBuckets } = options;
  const changes: Change[] = [];
  const tables = index.recording(changes);
  const others = { directory: options.directory, epoch: options.epoch, onBroken: (cause: unknown) => stop(cause) };
  let queue: Waiting[] = [];
  let running: Promise<void> | undefined;
  let broken: StoreError | undefined;

  const takeBatch = (): readonly Waiting[] => {
    let count = 0;
    for (let sizeBytes = 0; count < Math.min(queue.length, maxBatch) && sizeBytes < maxBatchBytes; count += 1) {
      sizeBytes += queue[count]?.bodyBytes ?? 0;
    }
    const batch = queue.slice(0, count);
    queue = queue.slice(count);
    return batch;
  };

  const commitQueue = async (): Promise<void> => {
    while (queue.length > 0) await commit(takeBatch);
    running = undefined; // in the same turn as the look at the queue, else a step could be left in it
  };

  // The batch is taken when the transaction has the write lock: who comes while it waits for it is on board.
  const commit = async (take: () => readonly Waiting[]): Promise<void> => {
    let batch: readonly Waiting[] = [];
    const progress = { isLogged: false };
    try {
      const { outcomes, isFlushed } = await whileNobodyOpens(() => {
        batch = take();
        return transact(batch, progress);
      });
      options.onPoint("index:committed");
      for (const [at, waiting] of batch.entries()) settle(waiting, outcomes[at], isFlushed, onCommitted);
    } catch (error) {
      await recover(batch.length === 0 ? take() : batch, error, progress.isLogged);
    }
  };

  const whileNobodyOpens = async (work: () => Promise<Outcomes>): Promise<Outcomes> => {
    const opening = gate.enter();
    if (opening !== undefined) await opening;
    try {
      if (broken !== undefined) throw broken;
      return await index.root.childTransaction(work);
    } finally {
      gate.leave();
    }
  };

  /** Inside a child transaction, because lmdb commits what a plain one has written before it threw. */
  const transact = async (batch: readonly Waiting[], progress: { isLogged: boolean }): Promise<Outcomes> => {
    // The gate is there so that this never happens. Nothing is lost when it does: the log has all, and recovery writes it again.
    if (!index.isOnNewest()) {
      stop(new Error("A transaction of the index began before the last commit"));
      throw broken;
    }
    changes.length = 0;
    const entries = log.beginBatch();
    const isLow = isSpaceLow();
    const transaction = createTransaction(tables, entries, {
      isSpaceLow: isLow,
      maxQueueMessages,
      ownerQuota,
      ownerBuckets,
    });
    const outcomes = batch.map(({ step, isFreeing }): Outcome => {
      const aftermath = transaction.beginStep();
      try {
        if (isLow && !isFreeing) throw noSpaceLeft();
        return { value: step(transaction), aftermath };
      } catch (error) {
        if (error instanceof StoreError) return { refusal: error };
        throw error;
      }
    });
    const sequence = readNumber(tables, "sequence", 0) + 1;
    transaction.end(sequence);
    if (changes.length === 0) return { outcomes, isFlushed: true };
    const isFlushed = transaction.needsFlush();
    if (isFlushed) await flushOthers(tables, others);
    else noteUnflushed(tables, { epoch: options.epoch, segment: entries.segment });
    writeNumber(tables, "sequence", sequence);
    await log.append(entries, { sequence, isFlushed, checkpoint: options.checkpointed(), changes: changes.slice() });
    progress.isLogged = true;
    options.onTransaction(changes.length);
    return { outcomes, isFlushed };
  };

  // One step that cannot be written (no space for it, a defect) must not fail the others, a delete that frees space say.
  const recover = async (batch: readonly Waiting[], error: unknown, isLogged: boolean): Promise<void> => {
    const cause = await causeOf(error);
    const isGone = !isLogged || (await log.retract());
    if (broken === undefined && !isUsable(index)) stop(cause);
    if (broken === undefined && batch.length > 1) {
      for (const waiting of batch) await commit(() => [waiting]);
      return;
    }
    const refusal = broken ?? (isGone ? await refusalOf(error, cause) : outcomeUnknown(cause));
    const [only] = batch;
    if (refusal.code === "InsufficientStorage" && only?.isFreeing === true && only.hasMadeRoom !== true) {
      await makeRoom();
      await commit(() => [{ ...only, hasMadeRoom: true }]);
      return;
    }
    // A write that a full disk cut short looks like one that the disk failed, once somebody has made room: only trying tells.
    const isWorthRetrying = isGone && broken === undefined && isCommitFailure(error) && only?.isRetry !== true;
    if (refusal.code === "InternalError" && isWorthRetrying && only !== undefined) {
      await commit(() => [{ ...only, isRetry: true }]);
      return;
    }
    for (const { reject } of batch) reject(refusal);
  };

  // lmdb reports a write that was cut short because the disk is full as an I/O error.
  const refusalOf = async (error: unknown, cause: unknown): Promise<StoreError> =>
    diskError(isCommitFailure(error) && (await isDiskFull()) ? withCode("ENOSPC", cause) : cause);

  const stop = (cause: unknown): void => {
    broken ??= new StoreError("InternalError", "The index is out of order: restart the process", {
      cause,
    });
  };

  const enqueue = <T>(step: Step<T>, cost: Pick<Waiting, "bodyBytes" | "isFreeing">): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      queue.push({ ...cost, step, resolve: (value) => resolve(value as T), reject });
      running ??= commitQueue();
    });

  return {
    run: (step, bodyBytes = 0) => enqueue(step, { bodyBytes, isFreeing: false }),
    free: (step, bodyBytes = 0) => enqueue(step, { bodyBytes, isFreeing: true }),
    stop,
    async drain() {
      while (running !== undefined) await running;
    },
  };
}

function settle(
  { resolve, reject }: Waiting,
  outcome: Outcome | undefined,
  isFlushed: boolean,
  onCommitted: CommitterOptions["onCommitted"],
): void {
  if (outcome === undefined) return;
  if ("refusal" in outcome) {
    reject(outcome.refusal);
    return;
  }
  const { value, aftermath } = outcome;
  const isDone = aftermath.files.length === 0 && !aftermath.hasGarbage;
  if (isDone) resolve(value);
  else onCommitted(aftermath, isFlushed).then(() => resolve(value), reject);
}

/** lmdb says "Commit failed" at once and why in a promise on the error. */
async function causeOf(error: unknown): Promise<unknown> {
  if (!isCommitFailure(error)) return error;
  try {
    await error.commitError;
    return error;
  } catch (cause) {
    return cause;
  }
}

/**
 * False when the root of the index could not be written: lmdb neither reads nor writes any more then. (The next write would
 * not even be answered.)
 */
function isUsable(index: Index): boolean {
  try {
    index.read(() => readNumber(index, "fence", 0));
    return true;
  } catch {
    return false;
  }
}

function withCode(code: string, cause: unknown): Error {
  return Object.assign(new Error("The disk is full", { cause }), { code });
}

function isCommitFailure(error: unknown): error is Error & { readonly commitError: Promise<unknown> } {
  return error instanceof Error && "commitError" in error;
}
