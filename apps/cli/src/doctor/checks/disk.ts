import { statfs } from "node:fs/promises";
import { formatBytes } from "../../output/format-values.ts";
import { type Check, fail, ok, warn } from "../check.ts";

const warnShare = 0.1;
const failBytes = 1024 ** 3;

export const disk: Check = {
  name: "disk",
  title: "room on the disk",
  needs: ["data-directory"],
  async run({ dataDirectory = "." }) {
    const { bavail, blocks, bsize, ffree, files } = await statfs(dataDirectory);
    const free = bavail * bsize;
    const detail = `${formatBytes(free)} of ${formatBytes(blocks * bsize)} are free.`;
    const cure = "Make room, or move the data directory to a larger disk: uploads are refused when it is full.";
    // Some file systems count no files.
    if (files > 0 && ffree / files < 0.01) return fail(`${ffree} more files fit onto the disk.`, cure);
    if (free < failBytes) return fail(detail, cure);
    return free / (blocks * bsize) < warnShare ? warn(detail, cure) : ok(detail);
  },
};
