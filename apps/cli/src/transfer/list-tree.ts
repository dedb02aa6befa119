import { CliError } from "../command/cli-error.ts";
import { listObjects } from "../s3/operations/list-objects.ts";
import { nameOf, type S3Client } from "../s3/s3-client.ts";
import { fileError } from "./file-error.ts";
import type { Place } from "./transfer-item.ts";
import { compareKeys, type Skipped, walkFiles } from "./walk-files.ts";

/** A directory, or all keys that begin with something. */
export type Tree =
  | { readonly kind: "directory"; readonly path: string }
  | {
      readonly kind: "prefix";
      readonly client: S3Client;
      readonly context: string | undefined;
      readonly bucket: string;
      /** Empty, or with a slash at its end. */
      readonly prefix: string;
    };

export type Entry = {
  /** Below the tree, with slashes. */
  readonly name: string;
  readonly place: Extract<Place, { readonly kind: "file" | "object" }>;
  readonly sizeBytes: number;
  /** The file as it was looked at: another one when it was changed. */
  readonly state: string | undefined;
};

/** What is in a tree, in the order of S3. Throws when the list is not whole. */
export async function* listTree(tree: Tree, onSkipped: (skipped: Skipped) => void): AsyncGenerator<Entry, undefined> {
  if (tree.kind === "directory") {
    try {
      for await (const { name, path, sizeBytes, state } of walkFiles(tree.path, onSkipped)) {
        yield { name, place: { kind: "file", path }, sizeBytes, state };
      }
    } catch (error) {
      throw fileError(error, tree.path);
    }
    return;
  }
  const { client, context, bucket, prefix } = tree;
  let before: string | undefined;
  for await (const { key, sizeBytes, etag } of listObjects(client, { bucket, prefix: prefix || undefined })) {
    if (before !== undefined && compareKeys(before, key) >= 0) {
      throw new CliError("Failed", `${nameOf({ bucket })}: the list is not in the order of S3.`, {
        why: "What is missing could not be told from what comes later.",
      });
    }
    before = key;
    if (!key.startsWith(prefix))
      throw new CliError("Failed", `${nameOf({ bucket })}: the list holds what was not asked for.`);
    const place = { kind: "object", client, context, bucket, key, sizeBytes, etag } as const;
    yield { name: key.slice(prefix.length), place, sizeBytes, state: undefined };
  }
}

/** Where an entry of this name is, or would be. */
export function placeIn(tree: Tree, name: string, toPath: (root: string, name: string) => string): Entry["place"] {
  if (tree.kind === "directory") return { kind: "file", path: toPath(tree.path, name) };
  const { client, context, bucket, prefix } = tree;
  return { kind: "object", client, context, bucket, key: `${prefix}${name}` };
}

/** `photos` and `photos/` are the same: everything below. */
export function asPrefix(key: string): string {
  return key === "" || key.endsWith("/") ? key : `${key}/`;
}

/** Two lists side by side: what is in one, or in both. */
export async function* mergeTrees(
  left: AsyncIterable<Entry>,
  right: AsyncIterable<Entry>,
): AsyncGenerator<{ readonly left: Entry | undefined; readonly right: Entry | undefined }, undefined> {
  const ofLeft = left[Symbol.asyncIterator]();
  const ofRight = right[Symbol.asyncIterator]();
  try {
    let [a, b] = await Promise.all([ofLeft.next(), ofRight.next()]);
    while (a.done !== true || b.done !== true) {
      const order = a.done === true ? 1 : b.done === true ? -1 : compareKeys(a.value.name, b.value.name);
      yield { left: order <= 0 ? a.value : undefined, right: order >= 0 ? b.value : undefined };
      const [nextA, nextB] = await Promise.all([order <= 0 ? ofLeft.next() : a, order >= 0 ? ofRight.next() : b]);
      a = nextA;
      b = nextB;
    }
  } finally {
    await Promise.all([ofLeft.return?.(undefined), ofRight.return?.(undefined)]);
  }
}
