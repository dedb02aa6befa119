import { StoreError } from "@stave/object-store";
import { bodyOf, type Content } from "../content.ts";
import type { Address } from "../ledger.ts";
import { relaxedBucket } from "./buckets.ts";
import type { BeginEvent, Effect } from "./messages.ts";
import { nowNs, tell } from "./tell.ts";

export type Done = { readonly versionId?: string | undefined; readonly etag?: string };

/** Tells the harness of each operation before it starts and after it has been answered. */
export interface Reporter {
  /** Bytes that nobody has written before. */
  newContent(address: Address, sizeBytes: number): Content;
  bytesOf(content: Content): Buffer;
  /**
   * `work` resolves to undefined when it has given up what it had begun. Resolves to undefined then, and when the operation was
   * refused with the code that it must be refused with.
   */
  run(effect: Effect, work: (id: string) => Promise<Done | undefined>, refusal?: string): Promise<Done | undefined>;
}

export function createReporter({
  worker,
  seed,
  serial,
}: {
  readonly worker: number;
  readonly seed: number;
  readonly serial: number;
}): Reporter {
  let count = 0;
  return {
    newContent(address, sizeBytes) {
      count += 1;
      return { name: `${address.bucket}/${address.key}`, operation: serial + count, sizeBytes };
    },
    bytesOf: (content) => bodyOf(seed, content),
    async run(effect, work, refusal) {
      count += 1;
      const id = `${worker}.${count}`;
      tell({ type: "begin", id, effect, isRelaxed: isRelaxed(effect), atNs: nowNs() } satisfies BeginEvent);
      try {
        const done = await work(id);
        if (done === undefined) {
          tell({ type: "refused", id });
          return undefined;
        }
        const { versionId } = done;
        tell({ type: "acknowledged", id, atNs: nowNs(), ...(versionId === undefined ? {} : { versionId }) });
        if (refusal !== undefined) tell({ type: "failed", id, text: `${describe(effect)} was not refused` });
        return done;
      } catch (error) {
        if (refusal !== undefined && error instanceof StoreError && error.code === refusal) {
          tell({ type: "refused", id });
          return undefined;
        }
        tell({ type: "failed", id, text: `${describe(effect)} failed: ${explain(error)}` });
        throw error;
      }
    },
  };
}

function isRelaxed(effect: Effect): boolean {
  return effect.kind !== "turn strict" && effect.address.bucket === relaxedBucket;
}

function describe(effect: Effect): string {
  if (effect.kind === "turn strict") return "turning a bucket strict";
  const what = effect.kind === "remove" ? "the removal of a version" : effect.content === null ? "a delete" : "a write";
  return `${what} of ${effect.address.bucket}/${effect.address.key}`;
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = error instanceof StoreError ? `${error.code}: ` : "";
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : "";
  return `${code}${error.message}${cause}`;
}
