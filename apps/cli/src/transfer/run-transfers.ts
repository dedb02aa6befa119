import { setFlagsFromString } from "node:v8";
import { loadChecksums } from "@stave/s3-checksum";
import { CliError } from "../command/cli-error.ts";
import type { Invocation } from "../command/invocation.ts";
import { formatBytes } from "../output/format-values.ts";
import { printable } from "../output/printable.ts";
import { createProgress, formatSeconds } from "../output/progress.ts";
import { createBufferPool } from "./buffer-pool.ts";
import { journalDirectory } from "./journal.ts";
import { memoryBytes, type TransferContext } from "./transfer-context.ts";

/** One step of a run: an object that is copied, moved, compared or removed. */
export type Task = {
  /** For people and scripts, as they would type it. */
  readonly source: string;
  readonly target: string;
  readonly sizeBytes: number | undefined;
  /** What has become of it. */
  run(context: TransferContext): Promise<Outcome>;
};

/** `same`: nothing had to be done. */
export type Outcome = "copied" | "moved" | "same" | "removed" | "planned";

export type Summary = Readonly<Record<Outcome | "failed", number>> & { readonly sizeBytes: number };

export type RunTasksOptions = {
  readonly parallel: number;
  readonly isResumable: boolean;
  /** There is one task: its own error is the error of the command. */
  readonly isSingle: boolean;
};

/** What is told of one step under `--json`, and how often. */
type Line = {
  readonly status: Outcome | "failed" | "skipped";
  readonly source?: string;
  readonly target?: string;
  readonly sizeBytes?: number;
  readonly error?: { readonly code: string; readonly message: string; readonly requestId?: string };
};

export type Run = {
  readonly summary: Summary;
  /** Something that is no task was left out; `isFailure` counts it among what has failed. */
  skip(source: string, why: string, options: { readonly isFailure: boolean }): void;
  /** Runs tasks as they come, some of them at the same time. Throws when they cannot be listed to the end. */
  tasks(source: AsyncIterable<Task> | Iterable<Task>): Promise<void>;
  /** Says how it went. Throws when something has failed. */
  finish(): void;
};

type Caller = Pick<Invocation<unknown, unknown>, "output" | "signal" | "environment">;

const mostWarnings = 20;

export async function startRun(
  { output, signal, environment }: Caller,
  { parallel, isResumable, isSingle }: RunTasksOptions,
): Promise<Run> {
  await loadChecksums();
  // Thousands of small requests leave garbage that V8 would rather have more room for than look through: 213 MiB for 10,000 of them, 171
  // with this, for a twentieth more CPU.
  setFlagsFromString("--semi-space-growth-factor=1");
  const startMs = performance.now();
  const progress = createProgress(output);
  const counts = { copied: 0, moved: 0, same: 0, removed: 0, planned: 0, failed: 0 };
  let sizeBytes = 0;
  let only: unknown;
  /** What there is to do could not be listed to its end: that is told, not how far it went. */
  let isCutOff = false;
  const kept: string[] = [];
  const context: TransferContext = {
    signal,
    output,
    buffers: createBufferPool(memoryBytes),
    journals: isResumable ? journalDirectory(environment) : undefined,
    onBytes(bytes) {
      sizeBytes += bytes;
      progress.add(bytes);
    },
    onKept: (what) => void kept.push(what),
  };
  const tell = (line: Line) => {
    if (output.isJson) output.item(line, () => "");
  };
  const fail = (source: string, error: unknown, target?: string) => {
    counts.failed += 1;
    const { message, code, requestId } = describe(error);
    tell({
      status: "failed",
      source,
      ...(target !== undefined && { target }),
      error: { code, message, ...(requestId !== undefined && { requestId }) },
    });
    if (isSingle) only = error;
    else if (counts.failed <= mostWarnings)
      output.warn(printable(message.includes(source) ? message : `${source}: ${message}`));
    else if (counts.failed === mostWarnings + 1) output.warn("More have failed: --json names all of them.");
  };
  const runOne = async (task: Task) => {
    progress.current(task.source);
    try {
      const outcome = await task.run(context);
      counts[outcome] += 1;
      if (outcome !== "same") {
        const { source, target } = task;
        tell({ status: outcome, source, target, ...(task.sizeBytes !== undefined && { sizeBytes: task.sizeBytes }) });
        if (outcome === "planned" && !output.isJson)
          output.item(task, () => `${printable(source)} -> ${printable(target)}\n`);
      }
    } catch (error) {
      if (signal.aborted) return;
      fail(task.source, error, task.target);
    } finally {
      progress.finished();
    }
  };

  return {
    get summary() {
      return { ...counts, sizeBytes };
    },
    skip(source, why, { isFailure }) {
      if (isFailure) return fail(source, new CliError("Failed", `${source}: ${why}`));
      tell({ status: "skipped", source, error: { code: "SKIPPED", message: why } });
      output.warn(`left out ${printable(source)}: ${why}`);
    },
    async tasks(source) {
      const open = new Set<Promise<void>>();
      try {
        for await (const task of source) {
          signal.throwIfAborted();
          progress.expect(task.sizeBytes ?? 0, 1);
          const running: Promise<void> = runOne(task).finally(() => open.delete(running));
          open.add(running);
          if (open.size >= parallel) await Promise.race(open);
        }
        progress.complete();
      } catch (error) {
        isCutOff = !signal.aborted;
        throw error;
      } finally {
        await Promise.all(open);
      }
      signal.throwIfAborted();
    },
    finish() {
      progress.end();
      const seconds = (performance.now() - startMs) / 1000;
      if (output.isJson && !isSingle) output.item({ status: "summary", ...counts, sizeBytes, seconds }, () => "");
      for (const what of kept)
        output.note(`${printable(what)}. The same command goes on with it; stave transfers clear calls it off.`);
      if (isCutOff) return;
      const done = counts.copied + counts.moved;
      const parts = [
        ...(done > 0 || counts.same + counts.removed + counts.planned === 0
          ? [`${count(done)} ${counts.moved > 0 ? "moved" : "copied"}, ${formatBytes(sizeBytes)}`]
          : []),
        ...(counts.same > 0 ? [`${counts.same} the same`] : []),
        ...(counts.removed > 0 ? [`${counts.removed} removed`] : []),
        ...(counts.planned > 0 ? [`${counts.planned} would be done`] : []),
        ...(counts.failed > 0 ? [`${counts.failed} failed`] : []),
      ];
      if (!isSingle || only === undefined) output.note(`${parts.join(", ")} in ${formatSeconds(seconds)}.`);
      if (signal.aborted) return;
      if (isSingle && only !== undefined) throw only;
      if (counts.failed > 0) {
        throw new CliError("Failed", `${count(counts.failed)} failed.`, {
          why: "They are named above.",
          next: ["run the same command again: what is done already is not done again by stave mirror"],
        });
      }
    },
  };
}

function count(objects: number): string {
  return objects === 1 ? "1 object" : `${objects} objects`;
}

function describe(error: unknown): {
  readonly message: string;
  readonly code: string;
  readonly requestId: string | undefined;
} {
  if (!(error instanceof CliError)) {
    return { message: error instanceof Error ? error.message : String(error), code: "Failed", requestId: undefined };
  }
  const { message, why, code, serverCode, requestId } = error;
  return { message: why === undefined ? message : `${message} ${why}`, code: serverCode ?? code, requestId };
}
