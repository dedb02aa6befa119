import type { Random } from "../random.ts";
import type { WireRequest } from "../wire-request.ts";
import { disturb, type Mutation } from "./mutation.ts";
import { pieces, values } from "./pieces.ts";

type Change = (text: string, random: Random) => string;

/** Changes of XML, JSON and other text in a body. */
export const documentMutations: readonly [Mutation, ...Mutation[]] = [
  document("disturbed document", (text, random) => disturb(text, random, random.pick(pieces))),
  document("disturbed document", (text, random) =>
    disturb(disturb(text, random, random.pick(pieces)), random, random.pick(pieces)),
  ),
  document("value in a document", (text, random) =>
    replaceOne(text, random, />([^<>]+)</g, () => `>${random.pick(values)}<`),
  ),
  document("value in a document", (text, random) =>
    replaceOne(text, random, /"[^"]*"|\d+/g, () => random.pick(jsonValues)),
  ),
  document("element repeated", (text, random) =>
    replaceOne(text, random, /<(\w+)>[^<]*<\/\1>/g, (found) => found.repeat(2 + random.below(2000))),
  ),
  document("element renamed", (text, random) => replaceOne(text, random, /<\w+/g, (found) => `${found}x`)),
  document("deep document", (text, random) => text.replace(/(?<=^[^>]*>)/, nest(random.pick(depths)))),
  document("deep array", (text, random) => replaceOne(text, random, /"[^"]*"/g, () => "[".repeat(random.pick(depths)))),
  document(
    "document type",
    (text) =>
      `<!DOCTYPE a [<!ENTITY a "${"a".repeat(50)}"><!ENTITY b "${"&a;".repeat(50)}"><!ENTITY c "${"&b;".repeat(50)}">]>${text.replace(/>[^<]+</, ">&c;<")}`,
  ),
  document("instruction", (text) => `<?xml version="1.1" encoding="UTF-7"?><?php x?>${text}`),
  document("attributes", (text, random) =>
    replaceOne(text, random, /<\w+/g, (found) => `${found} ${'a="1" '.repeat(1 + random.below(500))}`),
  ),
  document("other encoding", (text) => Buffer.from(`\ufeff${text}`, "utf16le").toString("latin1")),
  document("large document", (text, random) => text.replace(/(?<=^[^>]*[>{])/, " ".repeat(random.pick(sizes)))),
  document("very large document", (text, random) => (random.isOneIn(40) ? text + " ".repeat(4 * 2 ** 20) : text)),
  document("noise", (_text, random) => random.bytes(random.below(300)).toString("latin1")),
  document("nothing", () => ""),
  document("cut document", (text, random) => text.slice(0, random.below(text.length + 1))),
];

const depths: readonly [number, ...number[]] = [10, 100, 3000, 9000];
const sizes: readonly [number, ...number[]] = [20 * 1024, 64 * 1024, 70_000, 300_000];
const jsonValues: readonly [string, ...string[]] = [
  "null",
  "0",
  "-0",
  "1e999",
  "[]",
  "{}",
  "true",
  '""',
  '"*"',
  '"__proto__"',
  '{"__proto__":{"a":1}}',
  '"s3:*"',
  '"arn:aws:s3:::*"',
  '"arn:aws:s3:::protected/*"',
  '"Deny"',
  '"NotPrincipal"',
  '"\\ud800"',
  `"${"*".repeat(2000)}"`,
  `"${"?*".repeat(500)}"`,
  `[${'"a",'.repeat(3000)}"a"]`,
  '"StringLike"',
  '"ForAllValues:StringNotEquals"',
  '"256.1.1.1/99"',
];

function document(name: string, change: Change): Mutation {
  return {
    name,
    apply: (request, random): WireRequest => {
      if (request.body.length === 0) return request;
      return { ...request, body: Buffer.from(change(request.body.toString("latin1"), random), "latin1") };
    },
  };
}

function replaceOne(text: string, random: Random, pattern: RegExp, turn: (found: string) => string): string {
  const all = [...text.matchAll(pattern)];
  const found = all[random.below(Math.max(all.length, 1))];
  if (found === undefined) return text;
  return text.slice(0, found.index) + turn(found[0]) + text.slice(found.index + found[0].length);
}

function nest(depth: number): string {
  return "<a>".repeat(depth) + "</a>".repeat(depth);
}
