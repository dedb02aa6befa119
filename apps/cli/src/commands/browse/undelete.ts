import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { countOf, removeObjects, requireAllGone } from "../../objects/remove-objects.ts";
import { printable } from "../../output/printable.ts";
import { withS3 } from "../../s3/open-s3.ts";
import type { DeleteTarget } from "../../s3/operations/delete-objects.ts";
import { type ListedVersion, listVersionPages } from "../../s3/operations/list-object-versions.ts";
import type { S3Client } from "../../s3/s3-client.ts";
import { formatTarget, type S3Target } from "../../s3/targets.ts";
import type { undelete } from "./index.ts";
import { requireBucket, requireObject } from "./require-target.ts";

export const run: RunOf<typeof undelete> = (invocation) =>
  withS3(invocation, async ({ s3Target, clientOf }) => {
    const { arguments: given, options, output, signal } = invocation;
    const { recursive, dryRun } = options;
    const target = s3Target(given.target);
    if (recursive) requireBucket(target);
    else requireObject(target);
    const client = await clientOf(target);
    const { bucket } = target;
    let objects = 0;
    const pages = markersOf(client, target, (key) => recursive || key === target.key);
    const counted = (async function* () {
      for await (const { markers, keys } of pages) {
        objects += keys.length;
        for (const key of keys) {
          output.item({ key, ...(dryRun && { isDryRun: true }) }, () => `${printable(key)}\n`);
        }
        if (!dryRun) yield markers;
      }
    })();
    const removal = await removeObjects(client, counted, { bucket, output, signal });
    if (objects === 0) {
      throw new CliError("NotFound", `Nothing in ${printable(formatTarget(target))} can be brought back.`, {
        why: "It was not deleted, or its bucket keeps no versions.",
        next: [`stave ls --versions ${formatTarget(target)}`],
      });
    }
    requireAllGone(removal);
    output.note(`${dryRun ? "Would bring" : "Brought"} back ${countOf(objects, "object")}.`);
  });

type Found = { readonly markers: readonly DeleteTarget[]; readonly keys: readonly string[] };

/** The delete markers on top of a version: there may be several, and those of one key may stand on two pages. */
async function* markersOf(
  client: S3Client,
  { bucket, key: prefix }: S3Target,
  isMeant: (key: string) => boolean,
): AsyncGenerator<Found> {
  let onTop: ListedVersion[] = [];
  let done: string | undefined;
  for await (const { versions } of listVersionPages(client, { bucket, prefix })) {
    const markers: DeleteTarget[] = [];
    const keys: string[] = [];
    for (const version of versions) {
      if (version.key === done || !isMeant(version.key)) continue;
      if (onTop[0]?.key !== version.key) onTop = [];
      if (version.isDeleteMarker) {
        onTop.push(version);
        continue;
      }
      if (onTop.length > 0) {
        markers.push(...onTop.map(({ key, versionId }) => ({ key, versionId })));
        keys.push(version.key);
      }
      done = version.key;
      onTop = [];
    }
    yield { markers, keys };
  }
}
