import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { withS3 } from "../../s3/open-s3.ts";
import { createBucket } from "../../s3/operations/bucket.ts";
import type { mb } from "./index.ts";
import { requireOnlyBucket } from "./require-target.ts";

export const run: RunOf<typeof mb> = (invocation) =>
  withS3(invocation, async ({ s3Target, clientOf }) => {
    const { arguments: given, options, output } = invocation;
    const target = requireOnlyBucket(s3Target(given.target));
    const client = await clientOf(target);
    const { bucket } = target;
    let isNew = true;
    try {
      await createBucket(client, { bucket, objectLock: options.objectLock });
    } catch (error) {
      if (!options.ifNotExists || !(error instanceof CliError) || error.serverCode !== "BucketAlreadyOwnedByYou")
        throw error;
      isNew = false;
    }
    output.note(isNew ? `Made the bucket ${bucket}.` : `The bucket ${bucket} is there already.`);
    output.result({ bucket, isNew }, () => "");
  });
