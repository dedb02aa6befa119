import { rm } from "node:fs/promises";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { deleteObject } from "../../s3/operations/delete-object.ts";
import { headObject } from "../../s3/operations/head-object.ts";
import type { CopyOptions } from "../../transfer/copy-between.ts";
import { fileError } from "../../transfer/file-error.ts";
import type { TransferContext } from "../../transfer/transfer-context.ts";
import { type Item, type Place, transferItem } from "../../transfer/transfer-item.ts";
import { copyPaths } from "./copy-paths.ts";
import type { mv } from "./index.ts";

export const run: RunOf<typeof mv> = (invocation) =>
  copyPaths(invocation, async (item, options, context) => {
    await moveItem(item, options, context);
    return "moved";
  });

async function moveItem(item: Item, options: CopyOptions, context: TransferContext): Promise<void> {
  const { source, target } = item;
  requireOther(source, target);
  if (source.kind === "input" || target.kind === "output") {
    throw new CliError("Usage", "A stream cannot be moved.", { next: ["stave pipe", "stave cat"] });
  }
  if (source.kind === "file") {
    await transferItem(item, options, context);
    await rm(source.path).catch((error: unknown) => {
      throw fileError(error, source.path);
    });
    return;
  }
  if (source.kind !== "object") return;
  // What somebody writes in between is not what was copied: it is not removed.
  const { etag } = await headObject(source.client, source);
  await transferItem(item, options, context);
  await deleteObject(source.client, source, { ifMatch: etag || undefined }).catch(async (error: unknown) => {
    if (!(error instanceof CliError) || error.code !== "NotSupported") throw error;
    await deleteObject(source.client, source);
  });
}

/** Moved onto itself, an object would be gone. */
function requireOther(source: Place, target: Place): void {
  if (source.kind !== "object" || target.kind !== "object") return;
  const isSame =
    source.client.endpoint.url === target.client.endpoint.url &&
    source.bucket === target.bucket &&
    source.key === target.key;
  if (isSame) throw new CliError("Usage", "Source and target are the same object.");
}
