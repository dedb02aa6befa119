import { readFile } from "node:fs/promises";
import { type Check, ok, skipped, warn } from "../check.ts";

const enough = 65_536;

/** Node raises the soft limit to the hard one when it starts: that is the one that counts. */
export const openFiles: Check = {
  name: "open-files",
  title: "the limit of open files",
  needs: ["data-directory"],
  async run() {
    const limits = await readFile("/proc/self/limits", "utf8").catch(() => "");
    const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1];
    if (hard === undefined) return skipped("This system does not say.");
    if (hard === "unlimited" || Number(hard) >= enough) return ok(`${hard} from this shell.`);
    return warn(
      `${hard} from this shell: each connection and each object that is read needs one.`,
      `Raise it (ulimit -Hn ${enough}; systemd: LimitNOFILE=${enough}; Docker: --ulimit nofile=${enough}).`,
    );
  },
};
