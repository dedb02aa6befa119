import type { RunOf } from "../../command/define-command.ts";
import { withS3 } from "../../s3/open-s3.ts";
import { putRetention } from "../../s3/operations/retention.ts";
import type { retentionClear } from "./index.ts";
import { requireObject } from "./require-target.ts";

export const run: RunOf<typeof retentionClear> = (invocation) =>
  withS3(invocation, async ({ s3Target, clientOf }) => {
    const { arguments: given, options, output } = invocation;
    const target = requireObject(s3Target(given.target));
    const { bucket, key } = target;
    const address = { bucket, key, versionId: options.versionId };
    await putRetention(await clientOf(target), address, undefined, { bypassGovernance: true });
    output.note("Nothing keeps it any more.");
    output.result(null, () => "");
  });
