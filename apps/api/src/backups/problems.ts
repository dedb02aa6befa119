import type { BackupProblem } from "@stave/control-database";
import { Problem } from "../http/problem.ts";
import { maskSecrets } from "../logging/create-logger.ts";
import { describeS3Error } from "../services/describe-s3-error.ts";
import { isTransient } from "../transfer/retry.ts";
import { TransferError } from "../transfer/transfer-error.ts";
import { StoreError } from "./backup-store.ts";
import { ManifestError } from "./manifest.ts";

/** So many are kept: more of them help nobody. */
export const maxProblems = 20;
const maxNamed = 5;

type Place = { readonly bucket?: string; readonly key?: string };

/** What went wrong with something, for people. What a server of others has written is not repeated. */
export function problemOf(error: unknown, { bucket, key }: Place = {}): BackupProblem {
  const { code, reason } = describe(error);
  return {
    code,
    reason: maskSecrets(reason),
    ...(bucket !== undefined && { bucket }),
    ...(key !== undefined && { key }),
  };
}

function describe(error: unknown): { readonly code: string; readonly reason: string } {
  if (error instanceof TransferError || error instanceof StoreError) return { code: error.code, reason: error.message };
  if (error instanceof ManifestError) return { code: "ManifestDamaged", reason: error.message };
  return describeS3Error(error);
}

/** One sentence for each of the first ones. */
export function sentence(problems: readonly BackupProblem[], total = problems.length): string {
  const named = problems.slice(0, maxNamed).map(({ bucket, key, reason }) => {
    const place = [bucket, key?.slice(0, 200)].filter((part) => part !== undefined).join("/");
    return place === "" ? reason : `${place}: ${reason}`;
  });
  return total > named.length ? `${named.join(" ")} And ${total - named.length} more.` : named.join(" ");
}

/** A server that does not answer may do so later: the step is tried again. Anything else ends the job, with its words. */
export function orEnd(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted || error instanceof Problem) return error;
  if (error instanceof StoreError && error.code === "Away") return error;
  if (isTransient(error)) return error;
  if (error instanceof StoreError || error instanceof ManifestError || error instanceof TransferError) {
    return new Problem("CONFLICT", { detail: maskSecrets(error.message), cause: error });
  }
  const { code, reason } = describeS3Error(error);
  return code === "Unknown" || code === "Error" || code === "TypeError"
    ? error
    : new Problem("CONFLICT", { detail: reason, cause: error });
}
