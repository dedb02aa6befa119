import { CliError } from "../command/cli-error.ts";

const words: Readonly<Record<string, readonly [string, string?]>> = {
  ENOENT: ["there is no such file."],
  EACCES: ["not permitted by the rights of the file."],
  EPERM: ["not permitted by the rights of the file."],
  ENOSPC: ["the disk is full.", "make room, and run the same command again"],
  EDQUOT: ["the quota of the disk is used up.", "make room, and run the same command again"],
  EROFS: ["the disk can only be read."],
  EISDIR: ["it is a directory.", "--recursive copies what is in it"],
  ENOTDIR: ["a part of its path is a file, not a directory."],
  EEXIST: ["a part of its path is a file, not a directory."],
  ENOTEMPTY: ["it is a directory."],
  ENAMETOOLONG: ["the name is too long for this disk."],
  ELOOP: ["it is a symbolic link.", "name what it points to"],
  EIO: ["the disk fails."],
  EMFILE: ["too many files are open.", "ulimit -n 4096"],
  EINVAL: ["this disk does not take such a name."],
};

/** What went wrong with a file, in words. Errors that are told already stay as they are. */
export function fileError(error: unknown, path: string): unknown {
  if (error instanceof CliError || !(error instanceof Error) || !("code" in error)) return error;
  const [why, next] = words[String(error.code)] ?? [];
  if (why === undefined) return error;
  return new CliError(error.code === "ENOENT" ? "NotFound" : "Failed", `${path}: ${why}`, {
    next: next === undefined ? [] : [next],
    serverCode: String(error.code),
    cause: error,
  });
}
