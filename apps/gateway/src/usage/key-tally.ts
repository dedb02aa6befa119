import type { RequestKind, RequestRecord } from "../gateway/request-record.ts";

/** What was asked with one access key, and its sessions. Refused requests count as what they asked for, and as errors. */
export type KeyCounts = {
  read: number;
  write: number;
  list: number;
  delete: number;
  /** What was not understood, preflights and STS. */
  other: number;
  clientErrors: number;
  serverErrors: number;
  /** All that the connection has moved, heads included. */
  receivedBytes: number;
  sentBytes: number;
};

export type CountedKey = readonly [name: string, counts: KeyCounts];

export type CountedRequest = Pick<RequestRecord, "usageKeyId" | "operation" | "status" | "receivedBytes" | "sentBytes">;

/** Counts requests by access key. */
export interface KeyTally {
  record(request: CountedRequest): void;
  /** What was counted since the last call. */
  take(): readonly CountedKey[];
}

/** No access key begins with it. After all of them, where names are in order. */
const mark = "~";
/** Requests that nobody signed, or nobody could prove to have signed. */
export const unsignedName = `${mark}unsigned`;
/** Keys for which there was no more room. */
export const otherName = `${mark}other`;
/** Only keys that exist are counted, so it takes an owner to fill it. */
export const maxCountedKeys = 10_000;

export function createKeyTally(maxKeys = maxCountedKeys): KeyTally {
  let counted = new Map<string, KeyCounts>();
  return {
    record({ usageKeyId = unsignedName, operation, status, receivedBytes, sentBytes }) {
      const counts = counted.get(usageKeyId) ?? countsOf(counted, usageKeyId, maxKeys);
      counts[kindOf(operation)] += 1;
      if (status >= 500) counts.serverErrors += 1;
      else if (status >= 400) counts.clientErrors += 1;
      counts.receivedBytes += receivedBytes;
      counts.sentBytes += sentBytes;
    },
    take() {
      const taken = [...counted];
      counted = new Map();
      return taken;
    },
  };
}

/** Those of this name, new where there is room, else those that all the rest have together. */
export function countsOf(counted: Map<string, KeyCounts>, name: string, maxKeys: number): KeyCounts {
  const known = counted.get(name);
  if (known !== undefined) return known;
  if (counted.size >= maxKeys && !name.startsWith(mark)) return countsOf(counted, otherName, maxKeys);
  const counts = noCounts();
  counted.set(name, counts);
  return counts;
}

export function noCounts(): KeyCounts {
  return {
    read: 0,
    write: 0,
    list: 0,
    delete: 0,
    other: 0,
    clientErrors: 0,
    serverErrors: 0,
    receivedBytes: 0,
    sentBytes: 0,
  };
}

type Kind = "read" | "write" | "list" | "delete" | "other";

const kinds = new Map<RequestKind, Kind>();

/** By the first word of its name, looked at once for each operation. */
function kindOf(operation: RequestKind): Kind {
  const known = kinds.get(operation);
  if (known !== undefined) return known;
  const [, word = ""] = /^([A-Z][a-z]+)/.exec(operation) ?? [];
  const kind = operation.endsWith("SessionToken") ? "other" : (kindOfWord.get(word) ?? "other");
  kinds.set(operation, kind);
  return kind;
}

const kindOfWord: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ["Get", "read"],
  ["Head", "read"],
  ["Website", "read"],
  ["List", "list"],
  ["Delete", "delete"],
  ["Abort", "delete"],
  ["Put", "write"],
  ["Post", "write"],
  ["Create", "write"],
  ["Complete", "write"],
  ["Copy", "write"],
  ["Rename", "write"],
  ["Upload", "write"],
  ["Append", "write"],
]);
