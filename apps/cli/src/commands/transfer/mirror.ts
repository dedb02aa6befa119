import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { withS3 } from "../../s3/open-s3.ts";
import { formatTarget } from "../../s3/targets.ts";
import { mirrorOnce } from "../../transfer/mirror-once.ts";
import { createNameFilter } from "../../transfer/name-filter.ts";
import { requireApart, treeOf } from "../../transfer/plan-copies.ts";
import type { KnownSums } from "../../transfer/same-content.ts";
import { waitForChange } from "../../transfer/wait-for-change.ts";
import { hasSettings, readSettings } from "./copy-paths.ts";
import type { mirror } from "./index.ts";

export const run: RunOf<typeof mirror> = (invocation) =>
  withS3(invocation, async (session) => {
    const { arguments: given, options, output, prompts, globals, signal } = invocation;
    if (options.delete && !options.dryRun && !globals.isYes && !prompts.canAsk) {
      throw new CliError("Usage", "--yes is missing: --delete removes what is only in the target.", {
        next: [`stave mirror ${given.source} ${given.target} --delete --dry-run`],
      });
    }
    const source = await treeOf(session.target(given.source), session);
    const target = await treeOf(session.target(given.target), session);
    requireApart(source, target);
    requireApart(target, source);
    if (source.kind === "directory" && target.kind === "directory") {
      throw new CliError("Usage", "One of the two has to be in S3: s3://BUCKET/PREFIX.");
    }
    const known: KnownSums = new Map();
    const pass = () =>
      mirrorOnce(invocation, {
        source,
        target,
        targetName: target.kind === "directory" ? target.path : formatTarget({ ...target, key: target.prefix }),
        isWanted: createNameFilter(options),
        compare: options.compare,
        known: options.watch ? known : undefined,
        isDelete: options.delete,
        isDryRun: options.dryRun,
        parallel: options.parallel,
        isResumable: !options.noResume,
        copying: { settings: readSettings(options), hasSettings: hasSettings(options) },
        confirm: (question, name) => prompts.confirmByName(question, name),
      });
    if (!options.watch) return await pass();
    for (;;) {
      await pass().catch((error: unknown) => {
        // It goes on: what has failed is tried again with the next change.
        if (signal.aborted || !(error instanceof CliError)) throw error;
        output.warn(error.message);
      });
      await waitForChange(source, { signal, intervalSeconds: options.interval });
    }
  });
