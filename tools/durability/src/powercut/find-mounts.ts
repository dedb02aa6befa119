import { readFile } from "node:fs/promises";

export type Mount = { readonly mountPoint: string; readonly source: string };

/** What is mounted at or below a path, in the order it was mounted. */
export async function findMounts(path: string): Promise<readonly Mount[]> {
  return parseMounts(await readFile("/proc/self/mountinfo", "utf8")).filter(
    ({ mountPoint }) => mountPoint === path || mountPoint.startsWith(`${path}/`),
  );
}

/** Reads the lines of /proc/PID/mountinfo, see proc_pid_mountinfo(5). */
export function parseMounts(mountinfo: string): readonly Mount[] {
  return mountinfo.split("\n").flatMap((line) => {
    const [before = "", after] = line.split(" - ");
    if (after === undefined) return [];
    return [{ mountPoint: decodeOctal(before.split(" ")[4] ?? ""), source: decodeOctal(after.split(" ")[1] ?? "") }];
  });
}

/** Spaces and the like are written in octal. */
function decodeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
