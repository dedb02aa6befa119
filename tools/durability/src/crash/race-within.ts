import { setTimeout as delay } from "node:timers/promises";

/** What comes first, or `time`. Leaves no timer behind, which would keep the process alive. */
export async function raceWithin<T>(limitMs: number, promises: readonly Promise<T>[]): Promise<T | "time"> {
  const timer = new AbortController();
  const late = delay(limitMs, "time" as const, { signal: timer.signal });
  late.catch(() => {}); // it is given up, below
  try {
    return await Promise.race([...promises, late]);
  } finally {
    timer.abort();
  }
}
