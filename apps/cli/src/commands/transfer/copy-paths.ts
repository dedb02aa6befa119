import type { ValuesOf } from "../../command/define-command.ts";
import type { Invocation } from "../../command/invocation.ts";
import { withS3 } from "../../s3/open-s3.ts";
import type { StoredSettings } from "../../s3/operations/put-object.ts";
import type { CopyOptions } from "../../transfer/copy-between.ts";
import { createNameFilter } from "../../transfer/name-filter.ts";
import { type Planned, planCopies } from "../../transfer/plan-copies.ts";
import { startRun, type Task } from "../../transfer/run-transfers.ts";
import { formatPlace, type Item } from "../../transfer/transfer-item.ts";
import type { cp, pipe } from "./index.ts";

type CopyInvocation = Invocation<ValuesOf<(typeof cp)["arguments"]>, ValuesOf<(typeof cp)["options"]>>;

type Step = (item: Item, options: CopyOptions, context: Parameters<Task["run"]>[0]) => ReturnType<Task["run"]>;

/** `cp` and `mv`: the same but for what is done with each. */
export async function copyPaths(invocation: CopyInvocation, step: Step): Promise<void> {
  const { arguments: given, options, output, stdin } = invocation;
  await withS3(invocation, async (session) => {
    const isWanted = createNameFilter(options);
    const onSkipped = ({
      name,
      why,
      isFailure,
    }: {
      readonly name: string;
      readonly why: string;
      readonly isFailure: boolean;
    }) => run.skip(name, why, { isFailure });
    const plan = await planCopies(given.paths, session, {
      recursive: options.recursive,
      versionId: options.versionId,
      isWanted,
      stdin,
      stdout: output.raw,
      onSkipped,
    });
    const run = await startRun(invocation, {
      parallel: options.parallel,
      isResumable: !options.noResume,
      isSingle: plan.isSingle,
    });
    const copying: CopyOptions = {
      settings: readSettings(options),
      hasSettings: hasSettings(options),
      ifNoneMatch: options.ifNoneMatch ? "*" : undefined,
    };
    const toTask = (planned: Planned): Task =>
      "error" in planned
        ? { source: planned.name, target: "", sizeBytes: undefined, run: () => Promise.reject(planned.error) }
        : {
            source: formatPlace(planned.source),
            target: formatPlace(planned.target),
            sizeBytes: planned.sizeBytes,
            run: async (context) => (options.dryRun ? "planned" : await step(planned, copying, context)),
          };
    try {
      await run.tasks(tasksOf(plan.items(), toTask));
    } finally {
      run.finish();
    }
  });
}

async function* tasksOf(
  items: AsyncIterable<Planned>,
  toTask: (planned: Planned) => Task,
): AsyncGenerator<Task, undefined> {
  for await (const planned of items) yield toTask(planned);
}

type SettingOptions = Pick<
  ValuesOf<(typeof pipe)["options"]>,
  "contentType" | "cacheControl" | "contentDisposition" | "contentEncoding" | "metadata" | "tag" | "storageClass"
>;

/** What was said of what is stored beside the bytes. */
export function readSettings(options: SettingOptions): StoredSettings {
  const { contentType, cacheControl, contentDisposition, contentEncoding, metadata, tag, storageClass } = options;
  const stored = Object.entries({
    "cache-control": cacheControl,
    "content-disposition": contentDisposition,
    "content-encoding": contentEncoding,
  }).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    contentType,
    stored: Object.fromEntries(stored),
    storageClass,
    ...(metadata.length > 0 && { metadata: Object.fromEntries(metadata) }),
    ...(tag.length > 0 && { tags: Object.fromEntries(tag) }),
  };
}

export function hasSettings(options: SettingOptions): boolean {
  return Object.values(readSettings(options)).some(
    (value) => value !== undefined && (typeof value === "string" || Object.keys(value).length > 0),
  );
}
