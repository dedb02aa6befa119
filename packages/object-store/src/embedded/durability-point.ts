/** Steps between which a crash or a power cut has something different to say. In the order of a write, then the others. */
export const durabilityPoints = [
  "file:written",
  "file:flushed",
  "log:appended",
  "log:flushed",
  "index:committed",
  "segment:begun",
  "checkpoint:begun",
  "checkpoint:index-flushed",
  "checkpoint:written",
  "garbage:files-removed",
  "compaction:copied",
  "compaction:segment-removed",
] as const;

export type DurabilityPoint = (typeof durabilityPoints)[number];

/** Called when the step is done and nothing after it has begun. Returns at once, or ends the process. */
export type OnDurabilityPoint = (point: DurabilityPoint) => void;
