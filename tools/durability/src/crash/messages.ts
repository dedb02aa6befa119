import type { Content } from "../content.ts";
import type { FindingKind } from "../finding.ts";
import type { Address } from "../ledger.ts";

// What the harness and its processes say to each other: one JSON text a line, commands on standard input, events on descriptor 3.

export type KnownVersion = { readonly versionId: string; readonly content: Content | undefined };

/** What is under a key that nothing is under way on. */
export type KeyState = {
  readonly address: Address;
  readonly content: Content | undefined;
  readonly etag: string;
  /** Oldest first; only in the versioned bucket. */
  readonly versions: readonly KnownVersion[];
};

/** Where a process ends itself, and how: `stop` leaves it as it is, for a copy of the disk. */
export type Death = {
  readonly how: "kill" | "stop";
  /** A step of the engine, or `file operation`: a call of a recovery to the file system. */
  readonly at: string;
  readonly hit: number;
};

/** `segments` fills segments; `uploads` makes garbage of many files; `compaction` compacts all the time. */
export type LoadKind = "mixed" | "segments" | "uploads" | "compaction";

export type WorkerCommand = {
  readonly role: "worker";
  readonly directory: string;
  /** Takes the lock of the directory, too. */
  readonly isOwner: boolean;
  readonly worker: number;
  /** Of the bytes. */
  readonly seed: number;
  /** Content gets numbers above this. */
  readonly serial: number;
  readonly kind: LoadKind;
  readonly death: Death | undefined;
  /** The worker's own keys. */
  readonly keys: readonly KeyState[];
};

export type JudgeCommand = {
  readonly role: "judge";
  readonly directory: string;
  readonly seed: number;
  readonly baseline: readonly KeyState[];
  readonly events: readonly ActorEvent[];
  /** What was told before the cut began. */
  readonly frozenAt: number;
  /** Writes to the relaxed bucket may be lost. */
  readonly isRelaxedAllowed: boolean;
  readonly isSwept: boolean;
  readonly isChecked: boolean;
};

export type ActorCommand =
  | { readonly role: "prepare"; readonly directory: string; readonly isAllRelaxed: boolean }
  | { readonly role: "owner"; readonly directory: string }
  | { readonly role: "recover"; readonly directory: string; readonly death: Death | undefined }
  | WorkerCommand
  | JudgeCommand;

export type Effect =
  | { readonly kind: "write"; readonly address: Address; readonly content: Content | null }
  /** Of a version that is not the newest. */
  | { readonly kind: "remove"; readonly address: Address; readonly versionId: string }
  | { readonly kind: "turn strict" };

export type BeginEvent = {
  readonly type: "begin";
  readonly id: string;
  readonly effect: Effect;
  /** May be lost by a power cut. */
  readonly isRelaxed: boolean;
  /** Taken before it began, nanoseconds; the same clock for all processes. */
  readonly atNs: number;
};

export type ActorEvent =
  | BeginEvent
  | { readonly type: "acknowledged"; readonly id: string; readonly versionId?: string; readonly atNs: number }
  | { readonly type: "refused"; readonly id: string }
  | { readonly type: "completing" | "giving up"; readonly id: string }
  | { readonly type: "upload"; readonly id: string; readonly address: Address; readonly uploadId: string }
  | { readonly type: "part"; readonly id: string; readonly partNumber: number; readonly etag: string }
  /** What should have gone well, and what it said. */
  | { readonly type: "failed"; readonly id: string; readonly text: string }
  | { readonly type: "ready" }
  | { readonly type: "dying"; readonly at: string }
  | VerdictEvent;

export type CrashFindingKind = FindingKind | "counters" | "check" | "upload" | "sweep" | "error";

export type CrashFinding = { readonly kind: CrashFindingKind; readonly subject: string; readonly text: string };

export type VerdictEvent = {
  readonly type: "verdict";
  /** Acknowledged operations of the round whose effect was looked at. */
  readonly judged: number;
  readonly findings: readonly CrashFinding[];
  /** What the next round begins with. */
  readonly baseline: readonly KeyState[];
};
