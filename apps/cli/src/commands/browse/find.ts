import type { RunOf, ValuesOf } from "../../command/define-command.ts";
import { matchGlob } from "../../objects/match-glob.ts";
import { drained } from "../../output/drained.ts";
import { printable } from "../../output/printable.ts";
import { withS3 } from "../../s3/open-s3.ts";
import { type ListedObject, listObjectPages } from "../../s3/operations/list-objects.ts";
import { getObjectTags } from "../../s3/operations/tagging.ts";
import type { S3Client } from "../../s3/s3-client.ts";
import { formatTarget } from "../../s3/targets.ts";
import type { find } from "./index.ts";
import { requireBucket } from "./require-target.ts";

const tagsAtOnce = 16;

export const run: RunOf<typeof find> = (invocation) =>
  withS3(invocation, async ({ s3Target, clientOf }) => {
    const { arguments: given, options, output, now } = invocation;
    const target = requireBucket(s3Target(given.target));
    const client = await clientOf(target);
    const { context, bucket, key: prefix } = target;
    const time = now();
    let found = 0;
    for await (const { objects } of listObjectPages(client, { bucket, prefix })) {
      const fitting = objects.filter((object) => fits(object, options, time));
      const tagged =
        options.tag.length === 0 ? fitting : await withTags(client, { bucket, objects: fitting, tags: options.tag });
      for (const object of tagged) {
        output.item(object, () => `${printable(formatTarget({ context, bucket, key: object.key }))}\n`);
      }
      found += tagged.length;
      await drained(output);
    }
    if (found === 0 && !output.isJson) output.note("Nothing was found.");
  });

function fits(
  { key, sizeBytes, lastModified }: ListedObject,
  { name, path, larger, smaller, older, newer }: ValuesOf<(typeof find)["options"]>,
  now: Date,
): boolean {
  const ageSeconds = (now.getTime() - lastModified.getTime()) / 1000;
  return (
    (larger === undefined || sizeBytes > larger) &&
    (smaller === undefined || sizeBytes < smaller) &&
    (older === undefined || ageSeconds > older) &&
    (newer === undefined || ageSeconds < newer) &&
    (name === undefined || matchGlob(name, key.slice(key.lastIndexOf("/") + 1))) &&
    (path === undefined || matchGlob(path, key))
  );
}

type Tagged = {
  readonly bucket: string;
  readonly objects: readonly ListedObject[];
  readonly tags: readonly (readonly [string, string])[];
};

/** In their order, some at the same time. */
async function withTags(client: S3Client, { bucket, objects, tags }: Tagged): Promise<readonly ListedObject[]> {
  const found: ListedObject[] = [];
  for (let at = 0; at < objects.length; at += tagsAtOnce) {
    const some = objects.slice(at, at + tagsAtOnce);
    const theirs = await Promise.all(some.map(({ key }) => getObjectTags(client, { bucket, key })));
    found.push(...some.filter((_, index) => tags.every(([name, value]) => theirs[index]?.[name] === value)));
  }
  return found;
}
