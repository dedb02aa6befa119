import { type Check, fail, ok, warn } from "../check.ts";
import { pathOf } from "../exam.ts";
import { describeAnswer } from "../refused.ts";

/** What clients rely on so that two of them do not overwrite each other, and to download only what is new. */
export const conditions: Check = {
  name: "conditions",
  title: "If-None-Match and If-Match",
  needs: ["permissions"],
  async run(exam) {
    const key = `${exam.prefix}conditions`;
    const ifNew = { "if-none-match": "*" };
    const first = await exam.put({ key, body: Buffer.from("first"), headers: ifNew });
    if (first.status === 501) {
      return warn(
        "The server knows no If-None-Match for uploads.",
        "Do not count on it: two writers may overwrite each other.",
      );
    }
    const second = await exam.put({ key, body: Buffer.from("second"), headers: ifNew });
    if (first.status !== 200 || second.status !== 412) {
      return fail(
        `Of two uploads with If-None-Match: *, the first is answered with ${describeAnswer(first)}, the second with ${describeAnswer(second)} instead of 412.`,
        "Let the proxy pass on If-None-Match and If-Match of uploads.",
      );
    }
    const { etag = "" } = first.headers;
    const path = pathOf(exam, key);
    // Unsigned: what a proxy makes of it is to be seen, not only that it touches it.
    const same = await exam.call({ method: "GET", path, unsigned: { "if-none-match": etag } });
    const other = await exam.call({ method: "GET", path, unsigned: { "if-match": '"another"' } });
    if (same.status === 304 && other.status === 412) return ok("They are heeded, for uploads and downloads.");
    return fail(
      `A download with If-None-Match is answered with ${same.status} instead of 304, one with If-Match with ${other.status} instead of 412.`,
      "Let the proxy pass on If-None-Match and If-Match, and answer from no cache.",
    );
  },
};
