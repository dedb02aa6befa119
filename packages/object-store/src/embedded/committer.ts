import { StoreError } from "../store-error.ts";
import { diskError } from "./disk-error.ts";
import { type Index, readNumber } from "./open-index.ts";
import { type Aftermath, createTransaction, type Transaction } from "./transaction.ts";

/**
 * A step decides and writes in one go, and only through the transaction: when others of its batch fail it is run again.
 * When it throws a {@link StoreError} it must not have written anything.
 */
export type Step<T> = (transaction: Transaction) => T;

export interface Committer {
  /** Resolves when what the step wrote is on the disk. */
  run<T>(step: Step<T>): Promise<T>;
  /** Resolves when nothing is waiting. */
  drain(): Promise<void>;
}

export type CommitterOptions = {
  readonly epoch: number;
  /** Called after the commit; the writer is answered when it resolves. Must not reject. */
  readonly onCommitted: (aftermath: Aftermath) => Promise<void>;
  readonly isDiskFull: () => Promise<boolean>;
};

/** A batch holds the event loop and the write lock while its steps run: about 15 µs each. */
const maxBatch = 512;

type Waiting = {
  readonly step: Step<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
};

type Outcome = { readonly value: unknown; readonly aftermath: Aftermath } | { readonly refusal: unknown };

/**
 * Group commit: all steps that wait become one transaction, whose two flushes they share. The commit in flight is the time
 * the next batch collects in, so a lone writer never waits for company.
 */
export function createCommitter(index: Index, { epoch, onCommitted, isDiskFull }: CommitterOptions): Committer {
  let queue: Waiting[] = [];
  let running: Promise<void> | undefined;
  let broken: StoreError | undefined;

  const takeBatch = (): readonly Waiting[] => {
    const batch = queue.slice(0, maxBatch);
    queue = queue.slice(maxBatch);
    return batch;
  };

  const commitQueue = async (): Promise<void> => {
    while (queue.length > 0) await commit(takeBatch);
    running = undefined; // in the same turn as the look at the queue, else a step could be left in it
  };

  // The batch is taken when the transaction has the write lock: who comes while it waits for it is on board.
  const commit = async (take: () => readonly Waiting[]): Promise<void> => {
    let batch: readonly Waiting[] = [];
    try {
      if (broken !== undefined) throw broken;
      const outcomes = await transact(index, epoch, () => {
        batch = take();
        return batch;
      });
      for (const [at, waiting] of batch.entries()) settle(waiting, outcomes[at], onCommitted);
    } catch (error) {
      await recover(batch.length === 0 ? take() : batch, error);
    }
  };

  // One step that cannot be written (no space for it, a defect) must not fail the others, a delete that frees space say.
  const recover = async (batch: readonly Waiting[], error: unknown): Promise<void> => {
    const cause = await causeOf(error);
    if (broken === undefined && !isUsable(index)) {
      broken = new StoreError("InternalError", "The index is out of order since its disk failed: restart the process", {
        cause,
      });
    }
    if (broken === undefined && batch.length > 1) {
      for (const waiting of batch) await commit(() => [waiting]);
      return;
    }
    const refusal = broken ?? (await refusalOf(error, cause));
    for (const { reject } of batch) reject(refusal);
  };

  // lmdb reports a write that was cut short because the disk is full as an I/O error.
  const refusalOf = async (error: unknown, cause: unknown): Promise<StoreError> =>
    diskError(isCommitFailure(error) && (await isDiskFull()) ? withCode("ENOSPC", cause) : cause);

  return {
    run<T>(step: Step<T>): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        queue.push({ step, resolve: (value) => resolve(value as T), reject });
        running ??= commitQueue();
      });
    },
    async drain() {
      while (running !== undefined) await running;
    },
  };
}

/**
 * Runs the steps in one transaction. A child transaction, because lmdb commits what a plain one has written before it threw.
 */
async function transact(index: Index, epoch: number, take: () => readonly Waiting[]): Promise<readonly Outcome[]> {
  return await index.root.childTransaction(() => {
    if (epoch < readNumber(index, "fence", 0)) {
      throw new StoreError("InternalError", "The data directory was taken over by another process");
    }
    const transaction = createTransaction(index);
    const outcomes = take().map(({ step }): Outcome => {
      const aftermath = transaction.beginStep();
      try {
        return { value: step(transaction), aftermath };
      } catch (error) {
        if (error instanceof StoreError) return { refusal: error };
        throw error;
      }
    });
    transaction.end();
    return outcomes;
  });
}

function settle(
  { resolve, reject }: Waiting,
  outcome: Outcome | undefined,
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
  else onCommitted(aftermath).then(() => resolve(value), reject);
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
 * False when the root of the index could not be written: what the disk has is unknown then, and lmdb neither reads nor
 * writes any more. (The next write would not even be answered.)
 */
function isUsable(index: Index): boolean {
  try {
    index.root.resetReadTxn();
    readNumber(index, "fence", 0);
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
