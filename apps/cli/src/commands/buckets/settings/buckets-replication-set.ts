import { CliError } from "../../../command/cli-error.ts";
import type { RunOf } from "../../../command/define-command.ts";
import type { replicationSet } from "./define-set.ts";
import { addRules, setSetting } from "./set-setting.ts";

export const run: RunOf<typeof replicationSet> = async (invocation) => {
  const { add } = invocation.options;
  await setSetting(invocation, {
    path: "replication",
    said: replicationOf(invocation.options),
    merge: add ? addRules : undefined,
  });
};

type Options = Parameters<typeof run>[0]["options"];

function replicationOf({ to, prefix, deleteMarkers, priority = 1, id }: Options): object | undefined {
  if (to === undefined) return undefined;
  if (!/^[^/]+\/[^/]+$/.test(to)) {
    throw new CliError("Usage", `--to: Expected REMOTE/BUCKET, got "${to}".`, {
      next: ["stave buckets replication set --help"],
    });
  }
  const rule = {
    ...(id !== undefined && { id }),
    status: "Enabled",
    priority,
    filter: { prefix: prefix ?? "" },
    deleteMarkerReplication: { status: deleteMarkers ? "Enabled" : "Disabled" },
    destination: { bucket: `arn:aws:s3:::${to}` },
  };
  // S3 wants a role, and Stave has none: what it may do there is said by the key that the operator has named.
  return { role: "unused", rules: [rule] };
}
