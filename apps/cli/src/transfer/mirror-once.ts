import { rm } from "node:fs/promises";
import { CliError } from "../command/cli-error.ts";
import type { Invocation } from "../command/invocation.ts";
import { formatBytes } from "../output/format-values.ts";
import { deleteObjects, maxDeleteObjects } from "../s3/operations/delete-objects.ts";
import type { CopyOptions } from "./copy-between.ts";
import { fileError } from "./file-error.ts";
import { type Entry, listTree, mergeTrees, type Tree } from "./list-tree.ts";
import { createPathGuard } from "./local-names.ts";
import { planEntry } from "./plan-copies.ts";
import { type Run, startRun, type Task } from "./run-transfers.ts";
import { type Comparison, isSameContent, type KnownSums } from "./same-content.ts";
import { formatPlace, transferItem } from "./transfer-item.ts";
import type { Skipped } from "./walk-files.ts";

export type MirrorOptions = {
  readonly source: Tree;
  readonly target: Tree;
  /** What is typed before something is removed from it. */
  readonly targetName: string;
  readonly isWanted: (name: string) => boolean;
  readonly compare: Comparison;
  readonly known: KnownSums | undefined;
  readonly isDelete: boolean;
  readonly isDryRun: boolean;
  readonly parallel: number;
  readonly isResumable: boolean;
  readonly copying: CopyOptions | (Omit<CopyOptions, "ifNoneMatch"> & { readonly ifNoneMatch?: undefined });
  readonly confirm: (question: string, name: string) => Promise<void>;
};

/**
 * Copies what is missing in the target or differs. What is only there is removed last, if at all: when both lists have come to their ends, the source was not
 * empty, and nothing has failed.
 */
export async function mirrorOnce(
  invocation: Pick<Invocation<unknown, unknown>, "output" | "signal" | "environment">,
  options: MirrorOptions,
): Promise<void> {
  const { parallel, isResumable, isDelete } = options;
  const run = await startRun(invocation, { parallel, isResumable, isSingle: false });
  const extra: Entry[] = [];
  let sources = 0;
  try {
    await run.tasks(
      planMirror(invocation, options, {
        run,
        onSource: () => {
          sources += 1;
        },
        onExtra: (entry) => {
          if (isDelete) extra.push(entry);
        },
      }),
    );
    if (extra.length > 0) await removeExtra(extra, { sources, run }, options);
  } finally {
    run.finish();
  }
}

async function* planMirror(
  { signal }: Pick<Invocation<unknown, unknown>, "signal">,
  { source, target, isWanted, compare, known, isDryRun, copying }: MirrorOptions,
  {
    run,
    onSource,
    onExtra,
  }: {
    readonly run: Run;
    readonly onSource: () => void;
    readonly onExtra: (entry: Entry) => void;
  },
): AsyncGenerator<Task, undefined> {
  const onSkipped = ({ name, why, isFailure }: Skipped) => run.skip(name, why, { isFailure });
  const guard = target.kind === "directory" ? createPathGuard(target.path) : async () => {};
  const existing = target.kind === "directory" ? listIfThere(target, onSkipped) : listTree(target, onSkipped);
  for await (const { left, right } of mergeTrees(listTree(source, onSkipped), existing)) {
    if (left === undefined) {
      if (right !== undefined && right.name !== "" && isWanted(right.name)) onExtra(right);
      continue;
    }
    if (!isWanted(left.name)) continue;
    onSource();
    const planned = await planEntry(left, target, guard);
    if (planned === undefined) continue;
    if ("error" in planned) {
      run.skip(formatPlace(left.place), messageOf(planned.error), { isFailure: true });
      continue;
    }
    yield {
      source: formatPlace(planned.source),
      target: formatPlace(planned.target),
      sizeBytes: planned.sizeBytes,
      async run(context) {
        if (right !== undefined && (await isSameContent(left, right, { how: compare, signal, known }))) return "same";
        if (isDryRun) return "planned";
        await transferItem(planned, { ...copying, ifNoneMatch: undefined }, context);
        return "copied";
      },
    };
  }
}

/** A directory that is not there yet has nothing in it. */
async function* listIfThere(tree: Tree, onSkipped: (skipped: Skipped) => void): AsyncGenerator<Entry, undefined> {
  try {
    // What is no file in the target is nobody's business.
    yield* listTree(tree, ({ isFailure, ...skipped }) => isFailure && onSkipped({ ...skipped, isFailure }));
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== "NotFound") throw error;
  }
}

async function removeExtra(
  extra: readonly Entry[],
  { sources, run }: { readonly sources: number; readonly run: Run },
  options: MirrorOptions,
): Promise<void> {
  if (run.summary.failed > 0) return;
  if (sources === 0) {
    throw new CliError("Conflict", "Nothing was removed: the source is empty.", {
      why: `All ${extra.length} objects of the target would go, as they would when a disk is not mounted.`,
      next: [`stave rm --recursive ${options.targetName}`],
    });
  }
  const sizeBytes = extra.reduce((sum, entry) => sum + entry.sizeBytes, 0);
  const task = (entry: Entry, work: Task["run"]): Task => ({
    source: formatPlace(entry.place),
    target: "removed",
    sizeBytes: entry.sizeBytes,
    run: work,
  });
  if (options.isDryRun) return await run.tasks(extra.map((entry) => task(entry, async () => "planned")));
  await options.confirm(
    `${extra.length} objects (${formatBytes(sizeBytes)}) that are only in ${options.targetName} would be removed.`,
    options.targetName,
  );
  const { target } = options;
  if (target.kind === "directory") {
    return await run.tasks(extra.map((entry) => task(entry, () => removeFile(entry))));
  }
  for (let at = 0; at < extra.length; at += maxDeleteObjects) {
    const batch = extra.slice(at, at + maxDeleteObjects);
    const objects = batch.map(({ name }) => ({ key: `${target.prefix}${name}` }));
    const failures = await deleteObjects(target.client, { bucket: target.bucket, objects });
    const failed = new Map(failures.map(({ key, code, message }) => [key, `${message} (${code})`]));
    await run.tasks(
      batch.map((entry) =>
        task(entry, async () => {
          const why = failed.get(`${target.prefix}${entry.name}`);
          if (why !== undefined) throw new CliError("Failed", why);
          return "removed";
        }),
      ),
    );
  }
}

async function removeFile({ place }: Entry): Promise<"removed"> {
  if (place.kind !== "file") throw new TypeError("Expected a file");
  await rm(place.path).catch((error: unknown) => {
    throw fileError(error, place.path);
  });
  return "removed";
}

function messageOf(error: unknown): string {
  if (!(error instanceof CliError)) return String(error);
  return error.why === undefined ? error.message : `${error.message} ${error.why}`;
}
