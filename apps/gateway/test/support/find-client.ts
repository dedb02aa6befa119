import { spawnSync } from "node:child_process";

export type FoundClient = { readonly command: string; readonly isMissing: boolean };

export interface ClientSearch {
  /** A name on PATH, or a path. */
  readonly command: string;
  /** Arguments with which it exits 0 if it has all that the tests need. */
  readonly probe: readonly string[];
  /** What a person should do to get it. */
  readonly install: string;
}

/**
 * Looks for a program that tests drive. Where it is missing they skip, which is said loudly; in CI (`CI=true`) this throws
 * instead, so that a build without its clients cannot pass.
 */
export function findClient({ command, probe, install }: ClientSearch): FoundClient {
  const { status, error } = spawnSync(command, probe, { stdio: "ignore", timeout: 60_000 });
  if (status === 0) return { command, isMissing: false };
  const reason = error === undefined ? `\`${command} ${probe.join(" ")}\` ended with ${status}` : error.message;
  const message = `The tests of a client cannot run: ${reason}. Install ${install}.`;
  if (process.env.CI === "true") throw new Error(message, { cause: error });
  console.warn(`SKIPPED: ${message}`);
  return { command, isMissing: true };
}
