import {
  childrenOf,
  dateOf,
  nameOf,
  nextPage,
  numberOf,
  readAnswer,
  textOf,
  unescapeListed,
  unquoted,
} from "./chunk-2XHM337O.js";
import { CliError } from "./chunk-B3FYOJ65.js";
import { fileError, partialName } from "./chunk-VJVARUCU.js";
import { formatTarget } from "./chunk-VXJ5RBDU.js";

// src/transfer/name-filter.ts
function createNameFilter({ include, exclude }) {
  return (name) =>
    (include.length === 0 || include.some((pattern) => matches(pattern, name))) &&
    !exclude.some((pattern) => matches(pattern, name));
}
function matches(pattern, name) {
  const text = pattern.includes("/") ? name : name.slice(name.lastIndexOf("/") + 1);
  const tokens = pattern.match(/\*\*\/?|\*|\?|[^*?]/gsu) ?? [];
  let places = withSkipped(/* @__PURE__ */ new Set([0]), tokens);
  for (const character of text) {
    const arrived = /* @__PURE__ */ new Set();
    const inside = /* @__PURE__ */ new Set();
    for (const at of places) {
      const token = tokens[at];
      if (token === void 0) continue;
      if (token === "**/") inside.add(at);
      if (token === "**" || (token === "*" && character !== "/")) arrived.add(at);
      if (token === "**/" && character === "/") arrived.add(at + 1);
      if (token === character || (token === "?" && character !== "/")) arrived.add(at + 1);
    }
    places = /* @__PURE__ */ new Set([...withSkipped(arrived, tokens), ...inside]);
    if (places.size === 0) return false;
  }
  return places.has(tokens.length);
}
function withSkipped(places, tokens) {
  for (const at of places) if (tokens[at]?.startsWith("*")) places.add(at + 1);
  return places;
}

// src/s3/operations/list-objects.ts
async function* listObjectPages(client, input) {
  const { bucket, prefix, delimiter, startAfter, maxKeys } = input;
  const what = nameOf({ bucket });
  for (let token; ; ) {
    const answer = await client.send({
      bucket,
      query: {
        "list-type": "2",
        "encoding-type": "url",
        prefix,
        delimiter,
        "start-after": token === void 0 ? startAfter : void 0,
        "max-keys": maxKeys === void 0 ? void 0 : String(maxKeys),
        "continuation-token": token,
      },
    });
    const root = readAnswer(answer, "ListBucketResult", what);
    const encoding = textOf(root, "EncodingType");
    yield {
      objects: childrenOf(root, "Contents").map((object) => ({
        key: unescapeListed(textOf(object, "Key") ?? "", encoding),
        sizeBytes: numberOf(object, "Size"),
        etag: unquoted(textOf(object, "ETag")),
        lastModified: dateOf(object, "LastModified"),
        storageClass: textOf(object, "StorageClass"),
      })),
      prefixes: childrenOf(root, "CommonPrefixes").map((one) => unescapeListed(textOf(one, "Prefix") ?? "", encoding)),
    };
    token = nextPage(root, token, "NextContinuationToken", what);
    if (token === void 0) return;
  }
}
async function* listObjects(client, input) {
  for await (const { objects } of listObjectPages(client, input)) yield* objects;
}

// src/transfer/walk-files.ts
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

var statsAtOnce = 64;
async function* walkFiles(root, onSkipped) {
  yield* walk(root, "", onSkipped);
}
async function* walk(directory, prefix, onSkipped) {
  let entries;
  try {
    entries = await readEntries(directory);
  } catch (error) {
    if (prefix === "") throw error;
    onSkipped({ name: prefix, why: `the directory cannot be read: ${codeOf(error)}`, isFailure: true });
    return;
  }
  const states = /* @__PURE__ */ new Map();
  for (const [at, { entry, name }] of entries.entries()) {
    for (let next = at; next < Math.min(at + statsAtOnce, entries.length); next += 1) {
      const ahead = entries[next]?.entry;
      if (states.has(next) || ahead?.isFile() !== true) continue;
      states.set(
        next,
        lstat(join(directory, ahead.name)).catch(() => void 0),
      );
    }
    const state = await states.get(at);
    states.delete(at);
    const path = join(directory, entry.name);
    if (entry.name.includes("\uFFFD")) onSkipped({ name, why: "its name is no UTF-8", isFailure: true });
    else if (entry.isDirectory()) yield* walk(path, name, onSkipped);
    else if (entry.isFile()) {
      if (state === void 0 || partialName.test(entry.name)) continue;
      yield { name, path, sizeBytes: state.size, state: `${state.size} ${state.mtimeMs} ${state.ino}` };
    } else if (entry.isSymbolicLink()) onSkipped({ name, why: "it is a symbolic link", isFailure: false });
    else onSkipped({ name, why: "it is no regular file", isFailure: false });
  }
  async function readEntries(path) {
    const found = await readdir(path, { withFileTypes: true });
    return found
      .map((entry) => ({ entry, name: `${prefix}${entry.name}${entry.isDirectory() ? "/" : ""}` }))
      .sort((a, b) => compareKeys(a.name, b.name));
  }
}
function compareKeys(left, right) {
  if (left === right) return 0;
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
function codeOf(error) {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

// src/transfer/list-tree.ts
async function* listTree(tree, onSkipped) {
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
  let before;
  for await (const { key, sizeBytes, etag } of listObjects(client, { bucket, prefix: prefix || void 0 })) {
    if (before !== void 0 && compareKeys(before, key) >= 0) {
      throw new CliError("Failed", `${nameOf({ bucket })}: the list is not in the order of S3.`, {
        why: "What is missing could not be told from what comes later.",
      });
    }
    before = key;
    if (!key.startsWith(prefix))
      throw new CliError("Failed", `${nameOf({ bucket })}: the list holds what was not asked for.`);
    const place = { kind: "object", client, context, bucket, key, sizeBytes, etag };
    yield { name: key.slice(prefix.length), place, sizeBytes, state: void 0 };
  }
}
function placeIn(tree, name, toPath) {
  if (tree.kind === "directory") return { kind: "file", path: toPath(tree.path, name) };
  const { client, context, bucket, prefix } = tree;
  return { kind: "object", client, context, bucket, key: `${prefix}${name}` };
}
function asPrefix(key) {
  return key === "" || key.endsWith("/") ? key : `${key}/`;
}
async function* mergeTrees(left, right) {
  const ofLeft = left[Symbol.asyncIterator]();
  const ofRight = right[Symbol.asyncIterator]();
  try {
    let [a, b] = await Promise.all([ofLeft.next(), ofRight.next()]);
    while (a.done !== true || b.done !== true) {
      const order = a.done === true ? 1 : b.done === true ? -1 : compareKeys(a.value.name, b.value.name);
      yield { left: order <= 0 ? a.value : void 0, right: order >= 0 ? b.value : void 0 };
      const [nextA, nextB] = await Promise.all([order <= 0 ? ofLeft.next() : a, order >= 0 ? ofRight.next() : b]);
      a = nextA;
      b = nextB;
    }
  } finally {
    await Promise.all([ofLeft.return?.(void 0), ofRight.return?.(void 0)]);
  }
}

// src/transfer/plan-copies.ts
// src/transfer/local-names.ts
import { lstat as lstat2, lstat as lstat3, stat } from "node:fs/promises";
import { basename, join as join2, join as join3, resolve, sep, sep as sep2 } from "node:path";

function localPath(root, name) {
  const why = whyNoFile(name);
  if (why !== void 0) {
    throw new CliError("Failed", `${name}: no file can have this name.`, {
      why,
      next: ["copy it alone, under another name: stave cp s3://BUCKET/KEY FILE"],
    });
  }
  return join2(root, ...name.split("/"));
}
function whyNoFile(name) {
  if (name.includes("\0")) return "It has a NUL in it.";
  if (!name.isWellFormed()) return "It is no UTF-8.";
  const parts = name.split("/");
  if (parts[0] === "") return "It begins with a slash.";
  if (parts.includes("")) return "Two of its slashes have nothing between them.";
  if (parts.includes("..") || parts.includes(".")) return "It has . or .. in it, which are directories.";
  if (sep === "\\" && /[\\:*?"<>|]/.test(name)) return "It has characters that Windows does not take.";
  return void 0;
}
function createPathGuard(root) {
  const known = /* @__PURE__ */ new Set();
  return async (name) => {
    const parts = name.split("/").slice(0, -1);
    let path = root;
    for (const part of parts) {
      path = join2(path, part);
      if (known.has(path)) continue;
      const state = await lstat2(path).catch(() => void 0);
      if (state === void 0) return;
      if (state.isSymbolicLink()) {
        throw new CliError("Failed", `${name}: ${path} is a symbolic link.`, {
          why: "It would be written to wherever that leads.",
        });
      }
      if (!state.isDirectory()) {
        throw new CliError("Failed", `${name}: ${path} is a file, and cannot be a directory at the same time.`);
      }
      known.add(path);
    }
  };
}

// src/transfer/plan-copies.ts
async function planCopies(paths, session, options) {
  const targets = paths.map((text) => session.target(text));
  const target = targets.pop();
  if (target === void 0 || targets.length === 0) {
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
async function planOne(source, target, { isMany }, session, { versionId, stdin, stdout }) {
  const from =
    source.kind === "stream"
      ? { kind: "input", stream: stdin }
      : source.kind === "local"
        ? { kind: "file", path: source.path }
        : { ...(await objectPlace(source, session)), versionId };
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
  const name =
    source.kind === "local" ? basename(resolve(source.path)) : source.kind === "s3" ? lastPart(source.key) : "";
  const to = await targetPlace(target, name, { isMany, stdout }, session);
  if (from.kind !== "object" && to.kind !== "object") {
    throw new CliError("Usage", "One of the two has to be an object: s3://BUCKET/KEY.");
  }
  const state = source.kind === "local" ? await stat(source.path).catch(() => void 0) : void 0;
  return { source: from, target: to, sizeBytes: state?.size };
}
async function targetPlace(target, name, { isMany, stdout }, session) {
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
async function objectPlace(target, session) {
  const { bucket, key, context } = target;
  if (bucket === "" || key === "") {
    throw new CliError("Usage", `${formatTarget(target)} names no object.`, {
      next: ["s3://BUCKET/KEY, or --recursive for all"],
    });
  }
  return { kind: "object", client: await session.clientOf(target), context, bucket, key };
}
async function* planTree(source, target, { isMany }, session, options) {
  const { isWanted, onSkipped } = options;
  if (source.kind === "local") {
    const state = await lstat3(source.path).catch((error) => {
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
    if (item !== void 0) yield item;
  }
}
async function planEntry(entry, to, guard) {
  const { name, place, sizeBytes } = entry;
  if (name === "" || (to.kind === "directory" && name.endsWith("/") && sizeBytes === 0)) return void 0;
  try {
    const target = placeIn(to, name, localPath);
    await guard(name);
    return { source: place, target, sizeBytes };
  } catch (error) {
    return { name, error };
  }
}
async function treeOf(target, session) {
  if (target.kind === "stream") throw new CliError("Usage", "- is one stream, and no tree of files.");
  if (target.kind === "local") return { kind: "directory", path: target.path };
  const { bucket, key, context } = target;
  if (bucket === "") throw new CliError("Usage", "Expected the name of a bucket: s3://BUCKET.");
  return { kind: "prefix", client: await session.clientOf(target), context, bucket, prefix: asPrefix(key) };
}
function requireApart(from, to) {
  const isInside =
    from.kind === "directory" && to.kind === "directory"
      ? `${resolve(to.path)}${sep2}`.startsWith(`${resolve(from.path)}${sep2}`)
      : from.kind === "prefix" && to.kind === "prefix"
        ? from.client.endpoint.url === to.client.endpoint.url &&
          from.bucket === to.bucket &&
          (to.prefix.startsWith(from.prefix) || from.prefix.startsWith(to.prefix))
        : false;
  if (isInside) throw new CliError("Usage", "Source and target are one inside of the other.");
}
function below(tree, name) {
  if (name === "") return tree;
  if (tree.kind === "directory") return { kind: "directory", path: join3(tree.path, name) };
  return { ...tree, prefix: `${tree.prefix}${name}/` };
}
function nameOfTree(tree) {
  if (tree.kind === "directory") return basename(resolve(tree.path));
  return lastPart(tree.prefix.slice(0, -1)) || tree.bucket;
}
function isContainer(target) {
  return target.kind === "s3";
}
async function requireDirectory(target) {
  if (target.kind === "local" && (await isDirectoryAt(target.path))) return;
  throw new CliError(
    "Usage",
    "The target of several sources has to be a directory that there is, or s3://BUCKET/PREFIX/.",
  );
}
async function isDirectoryAt(path) {
  return await stat(path).then(
    (state) => state.isDirectory(),
    () => false,
  );
}
function lastPart(key) {
  return key.slice(key.lastIndexOf("/") + 1);
}

export { createNameFilter, createPathGuard, listTree, mergeTrees, planCopies, planEntry, requireApart, treeOf };
//# sourceMappingURL=chunk-EXQ5TG7M.js.map
