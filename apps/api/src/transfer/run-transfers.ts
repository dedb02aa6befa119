export type Transfer<Result> = { readonly name: string; readonly run: (signal: AbortSignal) => Promise<Result> };

export type RunTransfersOptions<Result> = {
  /** Each holds a piece of 16 MiB. @default 4 */
  readonly concurrency?: number | undefined;
  readonly signal: AbortSignal;
  /** One at a time. What they throw ends everything. */
  readonly onDone?: ((result: Result, name: string) => Promise<void> | void) | undefined;
  readonly onFailed: (error: unknown, name: string) => Promise<void> | void;
};

/**
 * Runs transfers side by side, and takes the next one only when there is room. One that fails is reported by its name, and does not end the others. Rejects
 * when the signal is aborted, when the tasks themselves cannot be listed, or a callback throws; no transfer is under way any more then.
 */
export async function runTransfers<Result>(
  tasks: AsyncIterable<Transfer<Result>> | Iterable<Transfer<Result>>,
  { concurrency = 4, signal, onDone, onFailed }: RunTransfersOptions<Result>,
): Promise<void> {
  const stop = new AbortController();
  const all = AbortSignal.any([signal, stop.signal]);
  const running = new Set<Promise<void>>();
  let reports = Promise.resolve();
  const report = (work: () => Promise<void> | void): Promise<void> => {
    const next = reports.then(work);
    reports = next.catch(() => {});
    return next;
  };
  const failures: unknown[] = [];
  const start = async ({ name, run }: Transfer<Result>): Promise<void> => {
    try {
      const attempt = await run(all).then(
        (result) => ({ result }),
        (error: unknown) => ({ error }),
      );
      all.throwIfAborted();
      await report(() => ("result" in attempt ? onDone?.(attempt.result, name) : onFailed(attempt.error, name)));
    } catch (error) {
      failures.push(error);
      stop.abort();
    }
  };
  try {
    for await (const task of tasks) {
      if (all.aborted) break;
      const work = start(task).finally(() => running.delete(work));
      running.add(work);
      if (running.size >= concurrency) await Promise.race(running);
    }
  } catch (error) {
    failures.push(error);
    stop.abort();
  }
  await Promise.all(running);
  signal.throwIfAborted();
  if (failures.length > 0) throw failures[0];
}
