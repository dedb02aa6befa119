import { lstat } from "node:fs/promises";
import { join, sep } from "node:path";
import { CliError } from "../command/cli-error.ts";

/**
 * Where the object `name`, a key below some prefix, belongs in a directory. Throws `Failed` for a name that no file can have, and for one that would be
 * outside.
 */
export function localPath(root: string, name: string): string {
  const why = whyNoFile(name);
  if (why !== undefined) {
    throw new CliError("Failed", `${name}: no file can have this name.`, {
      why,
      next: ["copy it alone, under another name: stave cp s3://BUCKET/KEY FILE"],
    });
  }
  return join(root, ...name.split("/"));
}

function whyNoFile(name: string): string | undefined {
  if (name.includes("\0")) return "It has a NUL in it.";
  if (!name.isWellFormed()) return "It is no UTF-8.";
  const parts = name.split("/");
  if (parts[0] === "") return "It begins with a slash.";
  if (parts.includes("")) return "Two of its slashes have nothing between them.";
  if (parts.includes("..") || parts.includes(".")) return "It has . or .. in it, which are directories.";
  if (sep === "\\" && /[\\:*?"<>|]/.test(name)) return "It has characters that Windows does not take.";
  return undefined;
}

/**
 * Looks at directories before something is written into them: a symbolic link in between would lead out of the target. One for each target.
 */
export function createPathGuard(root: string): (name: string) => Promise<void> {
  const known = new Set<string>();
  return async (name) => {
    const parts = name.split("/").slice(0, -1);
    let path = root;
    for (const part of parts) {
      path = join(path, part);
      if (known.has(path)) continue;
      const state = await lstat(path).catch(() => undefined);
      if (state === undefined) return;
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
