import { lstat, stat } from "node:fs/promises";
import { basename, join, resolve, sep } from "node:path";
import type { Writable } from "node:stream";
import { CliError } from "../command/cli-error.ts";
import type { S3Session } from "../s3/open-s3.ts";
import type { S3Target, Target } from "../s3/targets.ts";
import { formatTarget } from "../s3/targets.ts";
import { fileError } from "./file-error.ts";
import { asPrefix, type Entry, listTree, placeIn, type Tree } from "./list-tree.ts";
import { createPathGuard, localPath } from "./local-names.ts";
import type { Item, Place } from "./transfer-item.ts";
import type { Skipped } from "./walk-files.ts";

export type PlanOptions = {
  readonly recursive: boolean;
  readonly versionId: string | undefined;
  readonly isWanted: (name: string) => boolean;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: Writable;
  readonly onSkipped: (skipped: Skipped) => void;
};

/** An item, or why there can be none. */
export type Planned = Item | { readonly name: string; readonly error: unknown };

export type Plan = { readonly isSingle: boolean; items(): AsyncIterable<Planned> };

/** What `cp` and `mv` are to do: the last path is the target of all others. */
export async function planCopies(paths: readonly string[], session: S3Session, options: PlanOptions): Promise<Plan> {
  const targets = paths.map((text) => session.target(text));
  const target = targets.pop();
  if (target === undefined || targets.length === 0) {
    throw new CliError("Usage", "Expected a source and a target.", { next: ["stave cp FILE s3://BUCKET/KEY"] });
  }
  const isMany = targets.length > 1;
  if (isMany && !isContainer(target)) await requireDirectory(target);
  return {
    isSingle: !isMany && !options.recursive,
    async *items() {
      for (const source of targets) {
        if (options.recursive && source.kind !== "stream")
          yield* planTree(source, target, { isMany }, session, options);
        else yield await planOne(source, target, { isMany }, session, options);
      }
    },
  };
}

async function planOne(
  source: Target,
  target: Target,
  { isMany }: { readonly isMany: boolean },
  session: S3Session,
  { versionId, stdin, stdout }: PlanOptions,
): Promise<Item> {
  if (
    source.kind === "s3" &&
    (source.key === "" || source.key.endsWith("/")) &&
    target.kind !== "s3" &&
    target.kind !== "stream"
  ) {
    throw new CliError("Usage", `${formatTarget(source)} is no single object.`, {
      next: [`stave cp --recursive ${formatTarget(source)} DIRECTORY`],
    });
  }
  const from: Place =
    source.kind === "stream"
      ? { kind: "input", stream: stdin }
      : source.kind === "local"
        ? { kind: "file", path: source.path }
        : { ...(await objectPlace(source, session)), versionId };
  const name =
    source.kind === "local" ? basename(resolve(source.path)) : source.kind === "s3" ? lastPart(source.key) : "";
  const to = await targetPlace(target, name, { isMany, stdout }, session);
  if (from.kind !== "object" && to.kind !== "object") {
    throw new CliError("Usage", "One of the two has to be an object: s3://BUCKET/KEY.");
  }
  const state = source.kind === "local" ? await stat(source.path).catch(() => undefined) : undefined;
  return { source: from, target: to, sizeBytes: state?.size };
}

async function targetPlace(
  target: Target,
  name: string,
  { isMany, stdout }: { readonly isMany: boolean; readonly stdout: Writable },
  session: S3Session,
): Promise<Place> {
  if (target.kind === "stream") return { kind: "output", stream: stdout };
  if (target.kind === "local") {
    const isDirectory = isMany || /[/\\]$/.test(target.path) || (await isDirectoryAt(target.path));
    if (!isDirectory) return { kind: "file", path: target.path };
    return { kind: "file", path: localPath(target.path, name) };
  }
  const isPrefix = isMany || target.key === "" || target.key.endsWith("/");
  const key = isPrefix ? `${asPrefix(target.key)}${name}` : target.key;
  if (key === "") throw new CliError("Usage", `${formatTarget(target)} needs a key for what is read from stdin.`);
  return await objectPlace({ ...target, key }, session);
}

async function objectPlace(target: S3Target, session: S3Session) {
  const { bucket, key, context } = target;
  if (bucket === "" || key === "") {
    throw new CliError("Usage", `${formatTarget(target)} names no object.`, {
      next: ["s3://BUCKET/KEY, or --recursive for all"],
    });
  }
  return { kind: "object", client: await session.clientOf(target), context, bucket, key } as const;
}

async function* planTree(
  source: Exclude<Target, { readonly kind: "stream" }>,
  target: Target,
  { isMany }: { readonly isMany: boolean },
  session: S3Session,
  options: PlanOptions,
): AsyncGenerator<Planned, undefined> {
  const { isWanted, onSkipped } = options;
  if (source.kind === "local") {
    const state = await lstat(source.path).catch((error: unknown) => {
      throw fileError(error, source.path);
    });
    const isDirectory = state.isDirectory() || (state.isSymbolicLink() && (await isDirectoryAt(source.path)));
    if (!isDirectory) {
      yield await planOne(source, target, { isMany }, session, options);
      return;
    }
  }
  const from = await treeOf(source, session);
  const to = below(await treeOf(target, session), isMany ? nameOfTree(from) : "");
  requireApart(from, to);
  const guard = to.kind === "directory" ? createPathGuard(to.path) : async () => {};
  for await (const entry of listTree(from, onSkipped)) {
    if (!isWanted(entry.name)) continue;
    const item = await planEntry(entry, to, guard);
    if (item !== undefined) yield item;
  }
}

/** Where an entry of one tree belongs in another; undefined for the marks of directories, which files need not have. */
export async function planEntry(
  entry: Entry,
  to: Tree,
  guard: (name: string) => Promise<void>,
): Promise<Planned | undefined> {
  const { name, place, sizeBytes } = entry;
  if (name === "" || (to.kind === "directory" && name.endsWith("/") && sizeBytes === 0)) return undefined;
  try {
    const target = placeIn(to, name, localPath);
    await guard(name);
    return { source: place, target, sizeBytes };
  } catch (error) {
    return { name, error };
  }
}

/** A directory, or all keys below. */
export async function treeOf(target: Target, session: S3Session): Promise<Tree> {
  if (target.kind === "stream") throw new CliError("Usage", "- is one stream, and no tree of files.");
  if (target.kind === "local") return { kind: "directory", path: target.path };
  const { bucket, key, context } = target;
  if (bucket === "") throw new CliError("Usage", "Expected the name of a bucket: s3://BUCKET.");
  return { kind: "prefix", client: await session.clientOf(target), context, bucket, prefix: asPrefix(key) };
}

/** Throws `Usage` when one is inside of the other: what is written would be read again, without an end. */
export function requireApart(from: Tree, to: Tree): void {
  const isInside =
    from.kind === "directory" && to.kind === "directory"
      ? `${resolve(to.path)}${sep}`.startsWith(`${resolve(from.path)}${sep}`)
      : from.kind === "prefix" && to.kind === "prefix"
        ? from.client.endpoint.url === to.client.endpoint.url &&
          from.bucket === to.bucket &&
          (to.prefix.startsWith(from.prefix) || from.prefix.startsWith(to.prefix))
        : false;
  if (isInside) throw new CliError("Usage", "Source and target are one inside of the other.");
}

function below(tree: Tree, name: string): Tree {
  if (name === "") return tree;
  if (tree.kind === "directory") return { kind: "directory", path: join(tree.path, name) };
  return { ...tree, prefix: `${tree.prefix}${name}/` };
}

function nameOfTree(tree: Tree): string {
  if (tree.kind === "directory") return basename(resolve(tree.path));
  return lastPart(tree.prefix.slice(0, -1)) || tree.bucket;
}

function isContainer(target: Target): boolean {
  return target.kind === "s3";
}

async function requireDirectory(target: Target): Promise<void> {
  if (target.kind === "local" && (await isDirectoryAt(target.path))) return;
  throw new CliError(
    "Usage",
    "The target of several sources has to be a directory that there is, or s3://BUCKET/PREFIX/.",
  );
}

async function isDirectoryAt(path: string): Promise<boolean> {
  return await stat(path).then(
    (state) => state.isDirectory(),
    () => false,
  );
}

function lastPart(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}
