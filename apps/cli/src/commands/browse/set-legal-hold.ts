import type { RunOf } from "../../command/define-command.ts";
import { withS3 } from "../../s3/open-s3.ts";
import { putLegalHold } from "../../s3/operations/retention.ts";
import type { legalHoldClear, legalHoldSet } from "./index.ts";
import { requireObject } from "./require-target.ts";

/** What both commands do. */
export function setLegalHold(isHeld: boolean): RunOf<typeof legalHoldSet> & RunOf<typeof legalHoldClear> {
  return (invocation) =>
    withS3(invocation, async ({ s3Target, clientOf }) => {
      const { arguments: given, options, output } = invocation;
      const target = requireObject(s3Target(given.target));
      const { bucket, key } = target;
      await putLegalHold(await clientOf(target), { bucket, key, versionId: options.versionId }, isHeld);
      output.note(isHeld ? "The hold keeps it." : "The hold is lifted.");
      output.result({ legalHold: isHeld }, () => "");
    });
}
