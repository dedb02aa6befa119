import type { RunOf } from "../../command/define-command.ts";
import { drained } from "../../output/drained.ts";
import { formatBytes } from "../../output/format-values.ts";
import { printable } from "../../output/printable.ts";
import { withS3 } from "../../s3/open-s3.ts";
import { listObjectPages } from "../../s3/operations/list-objects.ts";
import type { tree } from "./index.ts";
import { requireBucket } from "./require-target.ts";

const indent = "  ";

/** Indented, without branches: whether a folder is the last one is known only at the end of the list. */
export const run: RunOf<typeof tree> = (invocation) =>
  withS3(invocation, async ({ s3Target, clientOf }) => {
    const { arguments: given, options, output } = invocation;
    const { depth = Number.POSITIVE_INFINITY, folders: onlyFolders } = options;
    const target = requireBucket(s3Target(given.target));
    const client = await clientOf(target);
    const { bucket, key: prefix } = target;
    const base = prefix.slice(0, prefix.lastIndexOf("/") + 1);
    let open: readonly string[] = [];
    for await (const { objects } of listObjectPages(client, { bucket, prefix })) {
      for (const { key, sizeBytes } of objects) {
        const parts = key.slice(base.length).split("/");
        const name = parts.pop() ?? "";
        const folders = parts.slice(0, depth);
        const same = sharedLength(open, folders);
        for (let level = same; level < folders.length; level += 1) {
          const path = `${base}${folders.slice(0, level + 1).join("/")}/`;
          const shown = `${indent.repeat(level)}${printable(folders[level] ?? "")}/\n`;
          output.item({ type: "folder", path, depth: level + 1 }, () => shown);
        }
        open = folders;
        if (onlyFolders || name === "" || parts.length >= depth) continue;
        const shown = `${indent.repeat(parts.length)}${printable(name)}  ${output.dim(formatBytes(sizeBytes))}\n`;
        output.item({ type: "object", path: key, depth: parts.length + 1, sizeBytes }, () => shown);
      }
      await drained(output);
    }
  });

function sharedLength(left: readonly string[], right: readonly string[]): number {
  let at = 0;
  while (at < left.length && at < right.length && left[at] === right[at]) at += 1;
  return at;
}
