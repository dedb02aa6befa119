export type FindingKind =
  /** A table of the index, or a row of it, cannot be read. */
  | "index-unreadable"
  | "row-unreadable"
  /** Stored bytes are gone, cut off, or not what was written. */
  | "bytes-missing"
  | "bytes-short"
  | "bytes-damaged"
  /** The bytes are right, and what stands around them in the segment is not. */
  | "record-damaged"
  /** The list of parts of a multipart object is gone, or says something else than its object. */
  | "manifest-missing"
  | "manifest-differs"
  /** The versions of a key do not agree with each other. */
  | "versions-differ"
  | "bucket-missing"
  | "upload-missing"
  /** What is counted is not what is there. */
  | "counters-differ"
  | "references-differ"
  | "live-bytes-differ"
  /** What is to be removed is still in use, or is nothing that this version knows. */
  | "garbage-in-use"
  | "garbage-unknown"
  /** The log is damaged in its middle. What it held is in the index; nothing more can be moved out of its segment. */
  | "log-unreadable";

/** One thing that is wrong, and where. */
export type Finding = {
  readonly kind: FindingKind;
  /** One sentence for a person. */
  readonly message: string;
  readonly bucket?: string;
  readonly key?: string;
  readonly versionId?: string;
  readonly uploadId?: string;
  readonly partNumber?: number;
  /** Relative to the data directory. */
  readonly file?: string;
};

/** Where a finding is, as far as it is known. */
export type Place = Omit<Finding, "kind" | "message">;

export interface Findings {
  add(kind: FindingKind, place: Place, message: string): void;
  list(): readonly Finding[];
  /** Also of those that the list has no room for. */
  count(): number;
}

export function createFindings(max: number): Findings {
  const list: Finding[] = [];
  let count = 0;
  return {
    add(kind, place, message) {
      count += 1;
      if (list.length < max) list.push({ kind, message, ...place });
    },
    list: () => list,
    count: () => count,
  };
}
