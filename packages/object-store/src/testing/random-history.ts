import { deepEqual } from "node:assert/strict";
import { createMemoryStore } from "../memory/create-memory-store.ts";
import type { ObjectStore } from "../object-store.ts";
import { StoreError } from "../store-error.ts";
import { createCall, createRandom, historyBuckets } from "./history-calls.ts";
import { createNames, type Names } from "./history-names.ts";

export interface RandomHistoryOptions {
  /** The same seed asks the same questions. */
  readonly seed: number;
  readonly steps: number;
  /**
   * What the store is compared with; as fresh as the store. Give one that shares its clock with the store, and the times in
   * the answers are compared as well.
   * @default a memory store, with times left out
   */
  readonly model?: ObjectStore;
  /** Called before each step: the place to move a clock. */
  readonly onStep?: (step: number) => void;
}

export type RandomHistoryReport = {
  readonly steps: number;
  /** How many of them both stores refused, with the same code. */
  readonly refused: number;
};

/**
 * Asks a store and a model of it the same random questions and compares every answer: objects, versions and null versions,
 * conditional writes, uploads, copies, ranges, listings with prefixes, delimiters and markers, counters, buckets; with bodies
 * of sizes around 64 and 128 KiB, and now and then a part of 5 MiB. Free of any test framework. Give it an empty store.
 *
 * Rejects at the first answer that differs, with an error that names the seed, the step and the call; the difference is its
 * `cause`.
 *
 * @example
 * await runRandomHistory(store, { seed: 7, steps: 1000 });
 */
export async function runRandomHistory(
  store: ObjectStore,
  options: RandomHistoryOptions,
): Promise<RandomHistoryReport> {
  const { seed, steps, model = createMemoryStore(), onStep = () => {} } = options;
  const random = createRandom(seed);
  const sharesClock = options.model !== undefined;
  const seen: Side = { store, names: createNames({ sharesClock }) };
  const expected: Side = { store: model, names: createNames({ sharesClock }) };
  for (const name of historyBuckets) {
    for (const { store } of [seen, expected]) await store.createBucket({ name, ownerId: "owner" });
  }

  let refused = 0;
  for (let step = 0; step < steps; step += 1) {
    onStep(step);
    const call = createCall(random);
    const answer = ({ store, names }: Side) => outcomeOf(async () => names.name(await call.run(store, names)));
    const [actual, wanted] = await Promise.all([answer(seen), answer(expected)]);
    try {
      deepEqual(actual, wanted);
    } catch (cause) {
      const where = `seed ${seed}, step ${step}`;
      throw new Error(`The store answered otherwise than its model (${where}: ${call.title})`, { cause });
    }
    if ("refused" in wanted) refused += 1;
  }
  return { steps, refused };
}

type Side = { readonly store: ObjectStore; readonly names: Names };

type Outcome = { readonly answer: unknown } | { readonly refused: string } | { readonly failed: string };

async function outcomeOf(ask: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { answer: await ask() };
  } catch (error) {
    if (error instanceof StoreError) return { refused: error.code };
    // What is no refusal is a defect, unless the model throws it, too.
    return { failed: error instanceof Error ? error.name : String(error) };
  }
}
