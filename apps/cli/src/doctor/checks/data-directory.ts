import { access, constants, open, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Check, fail, ok, skipped } from "../check.ts";

/** Needed by the other checks of the machine: that this is the machine. */
export const dataDirectory: Check = {
  name: "data-directory",
  title: "the data directory",
  needs: [],
  async run({ dataDirectory: directory, prefix }) {
    if (directory === undefined) return skipped("On the machine of the server, name it with --data-dir.");
    const found = await stat(directory).catch(() => undefined);
    if (found?.isDirectory() !== true) {
      return fail(`There is no directory ${directory}.`, "Name the one that the server was started with.");
    }
    // Its name is that of nothing which the server has.
    const probe = join(directory, `.${prefix.replaceAll("/", "")}`);
    try {
      await access(directory, constants.W_OK);
      const file = await open(probe, "wx", 0o600);
      try {
        await file.writeFile("stave doctor");
        await file.sync();
      } finally {
        await file.close();
        await rm(probe, { force: true });
      }
    } catch (error) {
      return fail(
        `Nothing can be written to it: ${error instanceof Error ? error.message : String(error)}`,
        `Make it writable for the user of the server, and run stave doctor as that user. Its owner is ${found.uid}:${found.gid}.`,
      );
    }
    return ok(`${directory} takes what is written.`);
  },
};
