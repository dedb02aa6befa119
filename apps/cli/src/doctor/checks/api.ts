import { CliError } from "../../command/cli-error.ts";
import { version } from "../../version.ts";
import { type Check, fail, ok, skipped, warn } from "../check.ts";

/** The control plane. It brings its database up to date when it starts, and does not start with one that is newer. */
export const api: Check = {
  name: "api",
  title: "the API",
  needs: [],
  async run({ askApi }) {
    if (askApi === undefined) return skipped("Nobody is signed in, and neither --url nor STAVE_URL names one.");
    try {
      const { url, version: theirs, isSetUp } = await askApi();
      if (!isSetUp)
        return warn(`${url} has no user yet.`, "Set it up with the token that its first start has printed.");
      if (theirs !== version) {
        return warn(`${url} is version ${theirs}, and this is ${version}.`, "Use the same version of both.");
      }
      return ok(`${url} answers, with its database up to date.`);
    } catch (error) {
      if (!(error instanceof CliError) || error.code === "Interrupted") throw error;
      return fail(
        `${error.message} ${error.why ?? ""}`.trim(),
        "Start it (stave serve), or name the right one with --url.",
      );
    }
  },
};
