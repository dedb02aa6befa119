import { type Check, ok } from "../check.ts";
import { pathOf } from "../exam.ts";
import { describeAnswer, refused } from "../refused.ts";

const names: readonly { readonly name: string; readonly what: string }[] = [
  { name: "a b", what: "a space" },
  { name: "a+b", what: "+" },
  { name: "a%2Fb", what: "%2F" },
  { name: "a%20b", what: "%20" },
  { name: "bücher/日本", what: "letters beyond ASCII" },
  { name: "a//b", what: "//" },
  { name: "a/../b", what: ".." },
  { name: "a/./b", what: "a dot" },
  { name: "folder/", what: "/ at the end" },
  { name: "(it's)!*~", what: "!*'()" },
  { name: "a?b#c&d=e", what: "?#&=" },
];

/** Keys are bytes, not paths: what tidies paths up makes other keys of them. */
export const keys: Check = {
  name: "keys",
  title: "difficult keys",
  needs: ["permissions"],
  async run(exam) {
    for (const { name, what } of names) {
      const key = `${exam.prefix}keys/${name}`;
      const put = await exam.put({ key, body: Buffer.from(name) });
      const answer = put.status === 200 ? await exam.call({ method: "GET", path: pathOf(exam, key) }) : put;
      if (answer.status === 200 && answer.body.toString("utf8") === name) continue;
      const how = answer.status === 200 ? "has the content of another one" : `is refused: ${describeAnswer(answer)}`;
      return await refused(exam, answer, {
        detail: `A key with ${what} (${name}) ${how}.`,
        cure: "Let the proxy pass on the path as it came, neither decoded nor tidied up (nginx: proxy_pass without a path, merge_slashes off; Apache: AllowEncodedSlashes NoDecode, ProxyPass … nocanon).",
      });
    }
    return ok(`${names.map(({ what }) => what).join(", ")}: each is kept as it is.`);
  },
};
