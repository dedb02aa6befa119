import type { RunOf, ValuesOf } from "../../command/define-command.ts";
import { drained } from "../../output/drained.ts";
import { formatBytes } from "../../output/format-values.ts";
import type { Output } from "../../output/output.ts";
import { printable } from "../../output/printable.ts";
import { withS3 } from "../../s3/open-s3.ts";
import { listBuckets } from "../../s3/operations/list-buckets.ts";
import { listVersionPages } from "../../s3/operations/list-object-versions.ts";
import { listObjectPages } from "../../s3/operations/list-objects.ts";
import type { S3Client } from "../../s3/s3-client.ts";
import { formatTarget, type S3Target } from "../../s3/targets.ts";
import type { ls } from "./index.ts";

export const run: RunOf<typeof ls> = (invocation) =>
  withS3(invocation, async ({ s3Target, clientOf }) => {
    const { arguments: given, options, output } = invocation;
    const target = s3Target(given.target ?? "s3://");
    const client = await clientOf(target);
    if (target.bucket === "") return await showBuckets(client, output);
    const entries = options.versions ? versionsOf(client, target, options) : objectsOf(client, target, options);
    const shown = await show(entries, { output, limit: options.limit ?? Number.POSITIVE_INFINITY });
    if (shown === 0 && !output.isJson) output.note(`There is nothing in ${printable(formatTarget(target))}.`);
  });

type Options = Pick<ValuesOf<(typeof ls)["options"]>, "recursive">;

/** What one line says: as JSON, and for people. */
type Line = { readonly data: Readonly<Record<string, unknown>>; readonly text: string };

async function showBuckets(client: S3Client, output: Output): Promise<void> {
  const buckets = await listBuckets(client);
  for (const { name, createdAt } of buckets) {
    output.item({ type: "bucket", name, createdAt }, () => `${day(createdAt)}  ${printable(name)}\n`);
  }
  if (buckets.length === 0 && !output.isJson) output.note("There are no buckets. Make one with: stave mb s3://photos");
}

/** Page by page: what is on the first is shown before the second is asked for. */
async function show(
  pages: AsyncIterable<readonly Line[]>,
  { output, limit }: { readonly output: Output; readonly limit: number },
): Promise<number> {
  let shown = 0;
  for await (const lines of pages) {
    for (const { data, text } of lines.slice(0, limit - shown)) {
      output.item(data, () => `${printable(text)}\n`);
      shown += 1;
    }
    if (shown >= limit) break;
    await drained(output);
  }
  return shown;
}

async function* objectsOf(client: S3Client, { bucket, key }: S3Target, { recursive }: Options) {
  const folder = folderOf(key, recursive);
  for await (const { objects, prefixes } of listObjectPages(client, { bucket, prefix: key, ...delimited(recursive) })) {
    const lines = [
      ...prefixes.map((prefix) => ({ name: prefix, line: folderLine(prefix, folder) })),
      ...objects.map((object) => {
        const { key: name, sizeBytes, lastModified } = object;
        const text = `${day(lastModified)}  ${size(sizeBytes)}  ${name.slice(folder.length)}`;
        return { name, line: { data: { type: "object", ...object }, text } };
      }),
    ];
    yield inOrder(lines);
  }
}

async function* versionsOf(client: S3Client, { bucket, key }: S3Target, { recursive }: Options) {
  const folder = folderOf(key, recursive);
  const pages = listVersionPages(client, { bucket, prefix: key, ...delimited(recursive) });
  for await (const { versions, prefixes } of pages) {
    const lines = [
      ...prefixes.map((prefix) => ({ name: prefix, line: folderLine(prefix, folder) })),
      ...versions.map((version) => {
        const { key: name, versionId, isLatest, isDeleteMarker, sizeBytes, lastModified } = version;
        const what = isDeleteMarker ? "deleted".padStart(9) : size(sizeBytes);
        const text = `${day(lastModified)}  ${what}  ${isLatest ? "*" : " "} ${versionId}  ${name.slice(folder.length)}`;
        return { name, line: { data: { type: isDeleteMarker ? "deleteMarker" : "version", ...version }, text } };
      }),
    ];
    yield inOrder(lines);
  }
}

function delimited(recursive: boolean) {
  return recursive ? {} : { delimiter: "/" };
}

/** What all names begin with is not repeated, unless folders are left out. */
function folderOf(key: string, recursive: boolean): string {
  return recursive ? "" : key.slice(0, key.lastIndexOf("/") + 1);
}

function folderLine(prefix: string, folder: string): Line {
  return {
    data: { type: "prefix", prefix },
    text: `${" ".repeat(18)}${"—".padStart(9)}  ${prefix.slice(folder.length)}`,
  };
}

function inOrder(lines: readonly { readonly name: string; readonly line: Line }[]): readonly Line[] {
  return lines.toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name))).map(({ line }) => line);
}

/** 2026-11-21 17:44 in the time of this machine would not be the same for everybody: UTC. */
function day(date: Date): string {
  return date.toISOString().slice(0, 16).replace("T", " ");
}

function size(bytes: number): string {
  return formatBytes(bytes).padStart(9);
}
