import { setTimeout as sleep } from "node:timers/promises";

/** Slows bodies down: together they pass at most so many bytes a second. */
export function createThrottle(
  bytesPerSecond: number,
  signal: AbortSignal,
): (body: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array> {
  let freeAtMs = 0;
  return async function* pass(body) {
    for await (const chunk of body) {
      const nowMs = performance.now();
      const startMs = Math.max(nowMs, freeAtMs);
      freeAtMs = startMs + (chunk.length / bytesPerSecond) * 1000;
      if (startMs > nowMs) await sleep(startMs - nowMs, undefined, { signal });
      yield chunk;
    }
  };
}
