import type { RunOf } from "../../command/define-command.ts";
import { withS3 } from "../../s3/open-s3.ts";
import { getRetention } from "../../s3/operations/retention.ts";
import type { retentionGet } from "./index.ts";
import { requireObject } from "./require-target.ts";

export const run: RunOf<typeof retentionGet> = (invocation) =>
  withS3(invocation, async ({ s3Target, clientOf }) => {
    const { arguments: given, options, output } = invocation;
    const target = requireObject(s3Target(given.target));
    const { bucket, key } = target;
    const retention = await getRetention(await clientOf(target), { bucket, key, versionId: options.versionId });
    if (retention === undefined) output.note("Nothing keeps it.");
    output.result(retention ?? null, () =>
      retention === undefined ? "" : `${retention.mode.toLowerCase()} until ${retention.until.toISOString()}\n`,
    );
  });
