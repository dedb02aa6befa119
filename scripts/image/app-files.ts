import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import type { TarEntry } from "./write-tar.ts";

type Manifest = {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
};

/** Sources, types, maps, pages for readers and code for another C library: nothing of it runs. Licences stay. */
const isUnused = /\.(map|md|markdown|[cm]?ts|c|cc|cpp|h|hpp|gyp|gypi|musl\.node)$/i;
const unusedFolders = new Set(["node_modules", "test", "tests", "bench", "benchmark", "example", "examples", "docs"]);

/**
 * A built app with all that it needs to run, at the places where they are in the repository `root`, below `to`. Their links to each other
 * are kept, so what the app finds is what it finds here.
 */
export function appFiles(root: string, app: string, to: string): readonly TarEntry[] {
  const entries = new Map<string, TarEntry>();
  const add = (entry: TarEntry) => entries.set(entry.path, entry);
  const place = (path: string) => join(to, relative(root, path));
  const visited = new Set<string>();
  const visit = (directory: string): void => {
    if (visited.has(directory)) return;
    visited.add(directory);
    for (const path of packageFiles(directory)) {
      const isExecutable = (lstatSync(path).mode & 0o100) !== 0;
      add({ kind: "copy", path: place(path), from: path, isExecutable });
    }
    for (const link of dependencies(directory, root)) {
      if (lstatSync(link).isSymbolicLink()) add({ kind: "link", path: place(link), target: readlinkSync(link) });
      visit(realpathSync(link));
    }
  };
  visit(join(root, app));
  const folders = new Set([...entries.keys()].flatMap(parents));
  return [...[...folders].sort().map((path): TarEntry => ({ kind: "folder", path })), ...entries.values()];
}

/** Of a package of ours what is published; of others all that may run. */
function packageFiles(directory: string): readonly string[] {
  const isOurs = existsSync(join(directory, "src")) && existsSync(join(directory, "dist")) && !isInstalled(directory);
  if (!isOurs) return runnableFiles(directory);
  const single = ["package.json", "LICENSE"].map((name) => join(directory, name)).filter((path) => existsSync(path));
  return [...single, ...runnableFiles(join(directory, "dist"))];
}

function isInstalled(directory: string): boolean {
  return /\/node_modules\//.test(directory);
}

function runnableFiles(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return unusedFolders.has(entry.name) ? [] : runnableFiles(path);
    return entry.isFile() && !isUnused.test(entry.name) ? [path] : [];
  });
}

/** Where Node.js would look for them; those that are for other platforms are not there. */
function dependencies(directory: string, root: string): readonly string[] {
  const manifest: Manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  const { dependencies: needed = {}, optionalDependencies: optional = {}, peerDependencies: peers = {} } = manifest;
  const found = Object.keys({ ...peers, ...optional, ...needed }).map((name) => {
    const path = findModule(directory, name, root);
    if (path === undefined && name in needed && !(name in optional)) {
      throw new Error(`${name}, which ${directory} needs, is not installed`);
    }
    return path;
  });
  return found.filter((path) => path !== undefined);
}

function findModule(directory: string, name: string, root: string): string | undefined {
  const path = join(directory, "node_modules", name);
  if (basename(directory) !== "node_modules" && existsSync(path)) return path;
  return directory === root ? undefined : findModule(dirname(directory), name, root);
}

function parents(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === "." ? [] : [...parents(parent), parent];
}
