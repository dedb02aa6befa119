import type { RunOf } from "../../command/define-command.ts";
import { withS3 } from "../../s3/open-s3.ts";
import { getLegalHold } from "../../s3/operations/retention.ts";
import type { legalHoldGet } from "./index.ts";
import { requireObject } from "./require-target.ts";

export const run: RunOf<typeof legalHoldGet> = (invocation) =>
  withS3(invocation, async ({ s3Target, clientOf }) => {
    const { arguments: given, options, output } = invocation;
    const target = requireObject(s3Target(given.target));
    const { bucket, key } = target;
    const isHeld = await getLegalHold(await clientOf(target), { bucket, key, versionId: options.versionId });
    output.result({ legalHold: isHeld }, () => (isHeld ? "on\n" : "off\n"));
  });
