import type { Index } from "../open-index.ts";
import type { BucketState } from "../records.ts";
import type { BodyChecker } from "./body-checker.ts";
import type { Findings } from "./findings.ts";
import type { References } from "./references.ts";
import type { TableReader } from "./table-reader.ts";

/** What is counted again for a bucket. */
export type BucketTally = {
  readonly bucket: BucketState;
  objects: number;
  versions: number;
  sizeBytes: number;
};

export type Counts = {
  buckets: number;
  /** Keys that have any version. */
  keys: number;
  /** Object versions and delete markers. */
  versions: number;
  uploads: number;
  parts: number;
  files: number;
  segments: number;
  /** Bytes of bodies, read and compared with their checksums. */
  verifiedBytes: number;
  /** Files that nothing refers to; a sweep removes them. */
  reclaimableFiles: number;
  reclaimableBytes: number;
};

/** What the parts of a check work on, and what they tell each other. */
export type Inspection = {
  readonly directory: string;
  readonly index: Index;
  readonly tables: TableReader;
  readonly findings: Findings;
  readonly counts: Counts;
  readonly bodies: BodyChecker;
  /** By bucket id. */
  readonly buckets: Map<number, BucketTally>;
  /** Of versions and of the parts of unfinished uploads. */
  readonly references: References;
  /** Of what is to be removed: it may be gone already. */
  readonly garbage: References;
  /** Buckets and uploads that are gone and have rows left. */
  readonly goneBuckets: Set<number>;
  readonly goneUploads: Set<string>;
  /** Bytes of bodies in use by segment, as `epoch/segment`. */
  readonly liveBytes: Map<string, number>;
  readonly isReadingBytes: boolean;
  onProgress(): void;
};
