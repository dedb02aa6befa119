import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type Check, fail, ok, warn } from "../check.ts";

/** The key that opens all secrets, where the server keeps it unless it was told otherwise. */
export const keyFile: Check = {
  name: "key-file",
  title: "the key file",
  needs: ["data-directory"],
  async run({ dataDirectory = "." }) {
    const file = join(dataDirectory, "encryption_key");
    const found = await stat(file).catch(() => undefined);
    if (found === undefined) {
      return warn(
        `There is no ${file}.`,
        "It may be elsewhere (--encryption-key-file). If it is lost, no secret can be opened any more: restore it from its backup.",
      );
    }
    const mode = found.mode & 0o777;
    if ((mode & 0o077) !== 0) {
      return fail(
        `Others can use ${file}: its mode is ${mode.toString(8)}.`,
        `chmod 600 ${file}, and stave's rotation of the master key if somebody may have read it.`,
      );
    }
    return ok("Only its owner can read it. Keep a copy apart from the data.");
  },
};
