import { execFileSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import type { TarEntry } from "./write-tar.ts";

/** Who runs what is in an image. Not 1000: that is somebody on many machines. */
export const imageUser = 10001;

/** Node.js with the libraries it needs and the files that programs ask for, and nothing else: no shell, no tools. */
export function nodeFiles(node: string): readonly TarEntry[] {
  const binary = realpathSync(node);
  const files: readonly TarEntry[] = [
    { kind: "copy", path: "usr/local/bin/node", from: binary, isExecutable: true },
    ...libraryFiles(sharedLibraries(binary)),
    ...systemFiles(),
  ];
  const folders = new Set(files.flatMap(({ path }) => parents(path)));
  return [
    ...[...folders].sort().map((path): TarEntry => ({ kind: "folder", path })),
    { kind: "folder", path: "tmp", mode: 0o1777 },
    // A new volume that is mounted here takes over its owner.
    { kind: "folder", path: "data", mode: 0o700, owner: imageUser },
    ...files,
  ];
}

/** The loader included, which has an address of its own in `ldd`'s list. */
export function sharedLibraries(binary: string): readonly string[] {
  const listed = execFileSync("ldd", [binary], { encoding: "utf8" });
  return Array.from(listed.matchAll(/^\s*(?:\S+ => )?(\/\S+) \(0x/gm), ([, path = ""]) => path);
}

/** At the places where they are here, which are those where they are looked for. */
export function libraryFiles(libraries: Iterable<string>): readonly TarEntry[] {
  return Array.from(libraries, (from) => ({ kind: "copy", path: from.slice(1), from, isExecutable: true }));
}

function systemFiles(): readonly TarEntry[] {
  return [
    file("etc/passwd", `root:x:0:0::/:/x\nstave:x:${imageUser}:${imageUser}::/data:/x\n`),
    file("etc/group", `root:x:0:\nstave:x:${imageUser}:\n`),
    file("etc/nsswitch.conf", "hosts: files dns\n"),
  ];
}

function file(path: string, text: string): TarEntry {
  return { kind: "file", path, content: Buffer.from(text) };
}

function parents(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === "." ? [] : [...parents(parent), parent];
}
