import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import type { Invocation } from "../../command/invocation.ts";
import { countOf, type Doomed, listDoomed, removeObjects, requireAllGone } from "../../objects/remove-objects.ts";
import { drained } from "../../output/drained.ts";
import { formatBytes } from "../../output/format-values.ts";
import { printable } from "../../output/printable.ts";
import { withS3 } from "../../s3/open-s3.ts";
import { deleteObject } from "../../s3/operations/delete-object.ts";
import { headObject } from "../../s3/operations/head-object.ts";
import type { S3Client } from "../../s3/s3-client.ts";
import { formatTarget, type S3Target } from "../../s3/targets.ts";
import type { rm } from "./index.ts";
import { requireBucket, requireObject } from "./require-target.ts";

export const run: RunOf<typeof rm> = (invocation) =>
  withS3(invocation, async ({ s3Target, clientOf }) => {
    const { arguments: given, options } = invocation;
    const target = s3Target(given.target);
    if (options.recursive && options.versionId !== undefined) {
      throw new CliError("Usage", "--version-id is of one object, and --recursive of many.");
    }
    // All versions of one object are found as everything that begins with its key.
    if (options.recursive) return await removeMany(await clientOf(requireBucket(target)), target, invocation);
    requireObject(target);
    if (options.versions)
      return await removeMany(await clientOf(target), target, invocation, (key) => key === target.key);
    return await removeOne(await clientOf(target), target, invocation);
  });

type Given = Parameters<RunOf<typeof rm>>[0];

/** Its name was typed already. */
async function removeOne(client: S3Client, target: S3Target, { options, output }: Given): Promise<void> {
  const { versionId, force, dryRun, bypassGovernance } = options;
  const { bucket, key } = target;
  const address = { bucket, key, versionId };
  const name = printable(formatTarget(target));
  // Servers say "gone" of what was never there: a key that was mistyped is to be heard of.
  if (!force || dryRun) await requirePresent(client, address);
  if (dryRun) {
    output.note(`Would remove ${name}.`);
    return output.result({ key, ...(versionId !== undefined && { versionId }), isDryRun: true }, () => "");
  }
  const done = await deleteObject(client, address, { bypassGovernance });
  const isMarked = done.isDeleteMarker && versionId === undefined;
  output.note(isMarked ? `Removed ${name}; stave undelete brings it back.` : `Removed ${name}.`);
  output.result(
    { key, ...(done.versionId !== undefined && { versionId: done.versionId }), isDeleteMarker: done.isDeleteMarker },
    () => "",
  );
}

async function requirePresent(client: S3Client, address: Parameters<typeof headObject>[1]): Promise<void> {
  try {
    await headObject(client, address);
  } catch (error) {
    if (error instanceof CliError && error.code === "NotFound") {
      const { bucket, key, versionId } = address;
      throw new CliError(
        "NotFound",
        `There is no s3://${bucket}/${key}${versionId === undefined ? "" : " of that version"}.`,
        {
          why: "Whatever begins so is removed only with --recursive.",
          next: [`stave rm --recursive s3://${bucket}/${key} --dry-run`],
          requestId: error.requestId,
          serverCode: error.serverCode,
          cause: error,
        },
      );
    }
    // A key that may delete need not be one that may read; and a delete marker has no head.
    const isNoAnswer = error instanceof CliError && (error.code === "Forbidden" || error.code === "NotSupported");
    if (!isNoAnswer) throw error;
  }
}

async function removeMany(
  client: S3Client,
  target: S3Target,
  invocation: Given,
  isMeant: (key: string) => boolean = () => true,
): Promise<void> {
  const { options, output, prompts, globals, signal } = invocation;
  const { versions, force, dryRun, bypassGovernance } = options;
  const { bucket, key: prefix } = target;
  const list = () => only(listDoomed(client, { bucket, prefix, versions }), isMeant);
  const noun = versions ? "version" : "object";
  if (dryRun) return await showDoomed(list(), { noun, output });
  if (!force && !globals.isYes) {
    const sum = await addUp(list(), signal);
    if (sum.count === 0) return nothing(target, invocation);
    const what = `${countOf(sum.count, noun)}, ${formatBytes(sum.sizeBytes)}`;
    await prompts.confirmByName(
      `${printable(formatTarget(target))}: ${what}${versions ? ", for good" : ""}.`,
      prefix === "" ? bucket : `${bucket}/${prefix}`,
    );
  }
  const removal = await removeObjects(client, list(), { bucket, bypassGovernance, output, signal });
  if (removal.removed + removal.failed === 0) return nothing(target, invocation);
  output.note(`Removed ${countOf(removal.removed, noun)}.`);
  output.result(removal, () => "");
  requireAllGone(removal);
}

async function* only(pages: AsyncIterable<readonly Doomed[]>, isMeant: (key: string) => boolean) {
  for await (const page of pages) yield page.filter(({ key }) => isMeant(key));
}

async function addUp(pages: AsyncIterable<readonly Doomed[]>, signal: AbortSignal) {
  const sum = { count: 0, sizeBytes: 0 };
  for await (const page of pages) {
    if (signal.aborted) break;
    sum.count += page.length;
    for (const { sizeBytes } of page) sum.sizeBytes += sizeBytes;
  }
  return sum;
}

async function showDoomed(
  pages: AsyncIterable<readonly Doomed[]>,
  { noun, output }: { readonly noun: string } & Pick<Invocation<unknown, unknown>, "output">,
): Promise<void> {
  const sum = { count: 0, sizeBytes: 0 };
  for await (const page of pages) {
    for (const { key, versionId, sizeBytes } of page) {
      sum.count += 1;
      sum.sizeBytes += sizeBytes;
      const version = versionId === undefined ? "" : `  ${printable(versionId)}`;
      output.item({ key, versionId, sizeBytes, isDryRun: true }, () => `${printable(key)}${version}\n`);
    }
    await drained(output);
  }
  output.note(`Would remove ${countOf(sum.count, noun)}, ${formatBytes(sum.sizeBytes)}.`);
}

function nothing(target: S3Target, { options, output }: Given): void {
  if (!options.force) {
    throw new CliError("NotFound", `There is nothing in ${printable(formatTarget(target))}.`, { next: ["stave ls"] });
  }
  output.note("There is nothing to remove.");
  output.result({ removed: 0, failed: 0, failures: [] }, () => "");
}
