import type { TestApi } from "../../../api/test/support/start-api.ts";
import type { StaveRun } from "../support/run-stave.ts";

/** Where the examples of help run: a real Stave, signed in to, and a folder with some files. */
export type World = {
  readonly api: TestApi;
  /** Of its gateway. */
  readonly dataDirectory: string;
  /** The folder that examples run in. */
  readonly folder: string;
  /** Takes whatever is posted to it. */
  readonly webhookUrl: string;
  /** Runs `stave` with these words; throws unless it exits with 0. */
  stave(...args: string[]): Promise<StaveRun>;
  /** With this on stdin. */
  staveWith(stdin: string, ...args: string[]): Promise<StaveRun>;
};

/** Words of an example that stand for something of this world: `ID`. */
export type Replacements = Readonly<Record<string, string>>;

/** What some examples need beside what all have: project `my-app`, service 1, the bucket `photos`, and files. */
export type Fixture = {
  readonly of: RegExp;
  readonly prepare?: (world: World) => Promise<Replacements | undefined>;
  /** Where it is not 0, and why. */
  readonly code?: readonly [exit: number, reason: string];
  /** Of a command that goes on until it is stopped: what it prints when it does what it should. */
  readonly until?: { readonly printed: RegExp; readonly count: number };
};
