import type { RunOf } from "../../command/define-command.ts";
import { drained } from "../../output/drained.ts";
import { formatBytes } from "../../output/format-values.ts";
import type { Output } from "../../output/output.ts";
import { printable } from "../../output/printable.ts";
import { withS3 } from "../../s3/open-s3.ts";
import { listVersions } from "../../s3/operations/list-object-versions.ts";
import { listObjects } from "../../s3/operations/list-objects.ts";
import { formatTarget } from "../../s3/targets.ts";
import type { du } from "./index.ts";
import { requireBucket } from "./require-target.ts";

type Sum = { readonly path: string; objects: number; sizeBytes: number };

/** Keys come in order, so a folder is over when the next one begins: only one is counted at a time. */
export const run: RunOf<typeof du> = (invocation) =>
  withS3(invocation, async ({ s3Target, clientOf }) => {
    const { arguments: given, options, output } = invocation;
    const { depth, versions } = options;
    const target = requireBucket(s3Target(given.target));
    const client = await clientOf(target);
    const { bucket, key: prefix } = target;
    const total: Sum = { path: formatTarget(target), objects: 0, sizeBytes: 0 };
    let folder: Sum | undefined;
    const listed = versions ? listVersions(client, { bucket, prefix }) : listObjects(client, { bucket, prefix });
    for await (const { key, sizeBytes } of listed) {
      const name = folderAt(key, prefix, depth);
      if (name !== folder?.path) {
        if (folder !== undefined) tell(folder, output);
        await drained(output);
        folder = name === undefined ? undefined : { path: name, objects: 0, sizeBytes: 0 };
      }
      for (const sum of folder === undefined ? [total] : [folder, total]) {
        sum.objects += 1;
        sum.sizeBytes += sizeBytes;
      }
    }
    if (folder !== undefined) tell(folder, output);
    tell(total, output);
  });

/** `2026/11/` of `2026/11/21/a.jpg` at depth 2. Undefined: it is not so deep. */
function folderAt(key: string, prefix: string, depth: number): string | undefined {
  if (depth === 0) return undefined;
  let at = prefix.lastIndexOf("/");
  for (let level = 0; level < depth; level += 1) {
    at = key.indexOf("/", at + 1);
    if (at === -1) return undefined;
  }
  return key.slice(0, at + 1);
}

function tell({ path, objects, sizeBytes }: Sum, output: Output): void {
  output.item({ path, objects, sizeBytes }, () => {
    const count = objects === 1 ? "1 object" : `${objects} objects`;
    return `${formatBytes(sizeBytes).padStart(9)}  ${count.padStart(14)}  ${printable(path)}\n`;
  });
}
