import { type Filesystem, findMissing } from "../src/requirements.ts";

/**
 * Looks whether this machine can cut the power. Where it cannot the tests skip, which is said loudly; in CI (`CI=true`) this throws
 * instead, so that a build without its harness cannot pass.
 */
export function findHarness(filesystems: readonly Filesystem[]): { readonly isMissing: boolean } {
  const missing = findMissing({ filesystems, needsEatmydata: true });
  if (missing.length === 0) return { isMissing: false };
  const message = `The power-cut tests cannot run. ${missing.join(" ")}`;
  if (process.env.CI === "true") throw new Error(message);
  console.warn(`SKIPPED: ${message}`);
  return { isMissing: true };
}
