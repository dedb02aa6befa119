import { type Check, ok, skipped } from "../check.ts";

export const key: Check = {
  name: "key",
  title: "an access key",
  needs: [],
  async run({ key: given }) {
    if (given === undefined) {
      return skipped("None is set, so nothing can be signed: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.");
    }
    const kind = given.sessionToken === undefined ? "" : ", with a session token";
    return ok(`${given.accessKeyId}${kind}.`);
  },
};
