import { CliError } from "../../../command/cli-error.ts";
import type { RunOf } from "../../../command/define-command.ts";
import type { loggingSet } from "./define-set.ts";
import { setSetting } from "./set-setting.ts";

export const run: RunOf<typeof loggingSet> = async (invocation) => {
  const { to: targetBucket, prefix } = invocation.options;
  if (prefix !== undefined && targetBucket === undefined) throw new CliError("Usage", "--to is missing: which bucket?");
  const said = targetBucket === undefined ? undefined : { targetBucket, targetPrefix: prefix ?? "" };
  await setSetting(invocation, { path: "logging", said });
};
