import { CliError } from "../command/cli-error.ts";
import type { Output } from "../output/output.ts";
import { printable } from "../output/printable.ts";
import {
  type DeleteFailure,
  type DeleteTarget,
  deleteObjects,
  maxDeleteObjects,
} from "../s3/operations/delete-objects.ts";
import { listVersionPages } from "../s3/operations/list-object-versions.ts";
import { listObjectPages } from "../s3/operations/list-objects.ts";
import type { S3Client } from "../s3/s3-client.ts";

export type Doomed = DeleteTarget & { readonly sizeBytes: number };

export type Removal = {
  readonly removed: number;
  readonly failed: number;
  readonly failures: readonly DeleteFailure[];
};

/** Of failures that are told one by one. */
const shownFailures = 10;

/** What begins so: the objects, or with `versions` everything that there is of them. */
export async function* listDoomed(
  client: S3Client,
  { bucket, prefix, versions }: { readonly bucket: string; readonly prefix: string; readonly versions: boolean },
): AsyncGenerator<readonly Doomed[]> {
  if (!versions) {
    for await (const { objects } of listObjectPages(client, { bucket, prefix })) yield objects;
    return;
  }
  for await (const page of listVersionPages(client, { bucket, prefix })) yield page.versions;
}

export type RemoveOptions = {
  readonly bucket: string;
  readonly bypassGovernance?: boolean;
  readonly output: Output;
  readonly signal: AbortSignal;
};

/** A thousand at a time. What is refused is told, and the others go nevertheless. */
export async function removeObjects(
  client: S3Client,
  pages: AsyncIterable<readonly DeleteTarget[]>,
  { bucket, bypassGovernance = false, output, signal }: RemoveOptions,
): Promise<Removal> {
  const failures: DeleteFailure[] = [];
  let [removed, failed] = [0, 0];
  for await (const page of pages) {
    for (let at = 0; at < page.length; at += maxDeleteObjects) {
      if (signal.aborted) throw interrupted(removed);
      const objects = page.slice(at, at + maxDeleteObjects).map(({ key, versionId }) => ({ key, versionId }));
      const refused = await deleteObjects(client, { bucket, objects, bypassGovernance });
      for (const failure of refused.slice(0, Math.max(0, shownFailures - failed))) {
        output.warn(printable(`${bucket}/${failure.key}: ${failure.message || failure.code} [${failure.code}]`));
        failures.push(failure);
      }
      failed += refused.length;
      removed += objects.length - refused.length;
    }
  }
  return { removed, failed, failures };
}

/** Throws `Failed` when something is still there. */
export function requireAllGone({ removed, failed, failures }: Removal): void {
  if (failed === 0) return;
  throw new CliError("Failed", `${failed} of ${removed + failed} could not be removed.`, {
    why: failures[0]?.message,
    ...(failures[0] !== undefined && { serverCode: failures[0].code }),
  });
}

export function countOf(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}

function interrupted(removed: number): CliError {
  return new CliError("Interrupted", `Interrupted, after ${countOf(removed, "object")} had gone.`, {
    next: ["run it again to go on"],
  });
}
