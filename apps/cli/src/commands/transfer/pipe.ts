import { loadChecksums } from "@stave/s3-checksum";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { withS3 } from "../../s3/open-s3.ts";
import { startRun } from "../../transfer/run-transfers.ts";
import { transferItem } from "../../transfer/transfer-item.ts";
import { readSettings } from "./copy-paths.ts";
import type { pipe } from "./index.ts";

export const run: RunOf<typeof pipe> = (invocation) =>
  withS3(invocation, async ({ s3Target, clientOf }) => {
    const { arguments: given, options, stdin } = invocation;
    const target = s3Target(given.target);
    if (target.key === "" || target.key.endsWith("/")) throw new CliError("Usage", `${given.target} names no object.`);
    await loadChecksums();
    const place = { ...target, kind: "object", client: await clientOf(target) } as const;
    const copying = {
      settings: readSettings(options),
      hasSettings: true,
      ifNoneMatch: options.ifNoneMatch ? ("*" as const) : undefined,
    };
    const run = await startRun(invocation, { parallel: 1, isResumable: false, isSingle: true });
    try {
      await run.tasks([
        {
          source: "-",
          target: given.target,
          sizeBytes: undefined,
          async run(context) {
            const source = { kind: "input", stream: stdin } as const;
            await transferItem({ source, target: place, sizeBytes: undefined }, copying, context);
            return "copied";
          },
        },
      ]);
    } finally {
      run.finish();
    }
  });
