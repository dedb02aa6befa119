/**
 * Work with a signal that ends it in time, with a `TimeoutError`. `AbortSignal.timeout` goes on to its end when the work is done long since, and makes an error
 * with its stack then: of what happens every few seconds that is worth a timer that is cleared.
 */
export async function withDeadline<Result>(
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const deadline = new AbortController();
  const end = () => deadline.abort(new DOMException(`It took more than ${timeoutMs} ms`, "TimeoutError"));
  const timer = setTimeout(end, timeoutMs);
  try {
    return await work(deadline.signal);
  } finally {
    clearTimeout(timer);
  }
}
