/**
 * Runs `work` for every number, at most so many at a time. The first failure stops the others, which are waited for: nobody writes or reads
 * any more when it is thrown.
 */
export async function eachPart(
  numbers: readonly number[],
  { atOnce, signal }: { readonly atOnce: number; readonly signal: AbortSignal },
  work: (number: number, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const stopAll = () => stop.abort(signal.reason);
  if (signal.aborted) stopAll();
  signal.addEventListener("abort", stopAll, { once: true });
  const queue = numbers.values();
  let failure: { readonly error: unknown } | undefined;
  const run = async () => {
    for (const number of queue) {
      if (stop.signal.aborted) return;
      try {
        await work(number, stop.signal);
      } catch (error) {
        failure ??= { error };
        stop.abort();
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(atOnce, numbers.length) }, run));
  } finally {
    signal.removeEventListener("abort", stopAll);
  }
  if (failure !== undefined) throw failure.error;
  signal.throwIfAborted();
}
