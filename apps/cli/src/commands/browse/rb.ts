import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { countOf, listDoomed, removeObjects, requireAllGone } from "../../objects/remove-objects.ts";
import { formatBytes } from "../../output/format-values.ts";
import { printable } from "../../output/printable.ts";
import { withS3 } from "../../s3/open-s3.ts";
import { deleteBucket } from "../../s3/operations/bucket.ts";
import type { S3Client } from "../../s3/s3-client.ts";
import type { rb } from "./index.ts";
import { requireOnlyBucket } from "./require-target.ts";

export const run: RunOf<typeof rb> = (invocation) =>
  withS3(invocation, async ({ s3Target, clientOf }) => {
    const { arguments: given, options, output, prompts, globals, signal } = invocation;
    const { withObjects, force, dryRun, bypassGovernance } = options;
    const target = requireOnlyBucket(s3Target(given.target));
    const { bucket } = target;
    const client = await clientOf(target);
    const held = await addUp(client, bucket).catch((error: unknown) => {
      if (force && !dryRun && error instanceof CliError && error.serverCode === "NoSuchBucket") return undefined;
      throw error;
    });
    if (held === undefined) {
      output.note(`There is no bucket ${bucket}.`);
      return output.result({ bucket, isRemoved: false }, () => "");
    }
    const what = `${countOf(held.versions, "object version")}, ${formatBytes(held.sizeBytes)}`;
    if (held.versions > 0 && !withObjects) throw notEmpty(bucket, what);
    if (dryRun) {
      output.note(`Would remove the bucket ${bucket}, with ${what}.`);
      return output.result({ bucket, ...held, isDryRun: true }, () => "");
    }
    if (!force) await askFor(bucket, { what, isEmpty: held.versions === 0, isYes: globals.isYes, prompts });
    if (held.versions > 0) {
      const pages = listDoomed(client, { bucket, prefix: "", versions: true });
      requireAllGone(await removeObjects(client, pages, { bucket, bypassGovernance, output, signal }));
    }
    await deleteBucket(client, bucket);
    output.note(`Removed the bucket ${printable(bucket)}.`);
    output.result({ bucket, ...held, isRemoved: true }, () => "");
  });

type Asking = {
  readonly what: string;
  readonly isEmpty: boolean;
  readonly isYes: boolean;
  readonly prompts: Parameters<RunOf<typeof rb>>[0]["prompts"];
};

/** An empty bucket is made again as easily as it is removed, and its name was typed. */
async function askFor(bucket: string, { what, isEmpty, isYes, prompts }: Asking): Promise<void> {
  if (isEmpty || isYes) return;
  await prompts.confirmByName(`${bucket} has ${what}, which go for good.`, bucket);
}

async function addUp(client: S3Client, bucket: string) {
  const sum = { versions: 0, sizeBytes: 0 };
  for await (const page of listDoomed(client, { bucket, prefix: "", versions: true })) {
    sum.versions += page.length;
    for (const { sizeBytes } of page) sum.sizeBytes += sizeBytes;
  }
  return sum;
}

function notEmpty(bucket: string, what: string): CliError {
  return new CliError("Conflict", `The bucket "${bucket}" is not empty (${what}).`, {
    why: "Only empty buckets can be removed.",
    next: [`stave rb s3://${bucket} --with-objects`, `stave rm --recursive --versions s3://${bucket}`],
    serverCode: "BucketNotEmpty",
  });
}
