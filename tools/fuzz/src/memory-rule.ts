import type { Memory } from "./gateway-process.ts";

export type MemorySample = { readonly requests: number; readonly memory: ReadonlyMap<number, Memory> };

/** Fewer requests say nothing: the heap of a process that has just started still grows. */
const enoughRequests = 50_000;
/** What a heap may swing without growing. */
const allowedMib = 32;
const allowedShare = 0.15;

/**
 * The rule: of each process, the median of anonymous memory over the last fifth of a run is at most 15 % and 32 MiB above that
 * over the second fifth. The first fifth is the warm-up.
 */
export function findGrowth(samples: readonly MemorySample[], requests: number) {
  const within = (from: number, to: number) =>
    samples.filter((sample) => sample.requests > from * requests && sample.requests <= to * requests);
  const [early, late] = [within(0.2, 0.4), within(0.8, 1)];
  const pids = [...(samples.at(-1)?.memory.keys() ?? [])];
  const memory = pids.flatMap((pid) => {
    const of = (list: readonly MemorySample[]) => list.flatMap((sample) => sample.memory.get(pid) ?? []);
    const [before, after] = [middle(of(early)), middle(of(late))];
    return before === undefined || after === undefined ? [] : [{ pid, before, after }];
  });
  const texts = memory
    .filter(({ before, after }) => after.anonymousMib > before.anonymousMib * (1 + allowedShare) + allowedMib)
    .map(
      ({ pid, before, after }) =>
        `process ${pid}: ${before.anonymousMib.toFixed(0)} MiB after the warm-up, ${after.anonymousMib.toFixed(0)} at the end`,
    );
  return { memory, texts: requests < enoughRequests ? [] : texts };
}

function middle(list: readonly Memory[]): Memory | undefined {
  const sorted = list.toSorted((a, b) => a.anonymousMib - b.anonymousMib);
  return sorted[Math.floor(sorted.length / 2)];
}
