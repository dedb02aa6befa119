import type { Output } from "../output/output.ts";
import type { BufferPool } from "./buffer-pool.ts";

/** What all transfers of one call share. */
export type TransferContext = {
  readonly signal: AbortSignal;
  readonly buffers: BufferPool;
  /** Where unfinished ones are recorded; undefined: nothing is recorded, and what was interrupted is called off. */
  readonly journals: string | undefined;
  readonly output: Pick<Output, "debug" | "warn">;
  /** So many bytes more are over. */
  readonly onBytes: (bytes: number) => void;
  /** One that can be gone on with is left behind. */
  readonly onKept: (what: string) => void;
};

export const mib = 1024 ** 2;

/** What is not larger goes in one request. */
export const singleMaxBytes = 16 * mib;

export const smallestPartBytes = 8 * mib;
export const largestPartBytes = 64 * mib;
export const maxParts = 10_000;

/** Of all parts and small objects on their way at the same time. */
export const memoryBytes = 64 * mib;

/** At the same time, of one object. */
export const partsAtOnce = 6;
