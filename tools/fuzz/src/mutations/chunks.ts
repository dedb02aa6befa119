import type { Random } from "../random.ts";
import { disturb, type Mutation } from "./mutation.ts";
import { pieces } from "./pieces.ts";

/** Changes of an aws-chunked body after it was signed. */
export const chunkMutations: readonly [Mutation, ...Mutation[]] = [
  chunks("chunk size", (text, random) =>
    replaceNth(text, random, /(?<=^|\r\n)[0-9a-f]+(?=;|\r\n)/g, random.pick(sizes)),
  ),
  chunks("chunk signature", (text, random) => replaceNth(text, random, /[0-9a-f](?=[0-9a-f]{63}\r)/g, "z")),
  chunks("chunk signature flipped", (text, random) =>
    replaceNth(text, random, /[0-9a-f](?=\r\n)/g, random.pick(["0", "7", "f"])),
  ),
  chunks("chunk line", (text, random) =>
    replaceNth(
      text,
      random,
      /;chunk-signature=/g,
      random.pick(["", ";", ";x=y;chunk-signature=", `;${"x".repeat(250)}=`, ";chunk-signature==", "\n"]),
    ),
  ),
  chunks("chunks swapped", (text) =>
    text.replace(/^([0-9a-f]+;[\s\S]*?\r\n[\s\S]*?\r\n)([0-9a-f]+;[\s\S]*?\r\n[\s\S]*?\r\n)/, "$2$1"),
  ),
  chunks("chunk dropped", (text) => text.replace(/^[0-9a-f]+[\s\S]*?\r\n[\s\S]*?\r\n/, "")),
  chunks("line ends", (text, random) =>
    replaceNth(text, random, /\r\n/g, random.pick(["\n", "\r", "", "\r\n\r\n", " \r\n"])),
  ),
  chunks("trailer", (text, random) => replaceNth(text, random, /x-amz-checksum-crc32:[^\r]*/g, random.pick(trailers))),
  chunks(
    "more after the end",
    (text, random) => text + random.pick(["x", "0\r\n\r\n", "\r\n", "5\r\nhello\r\n0\r\n\r\n", "a".repeat(9000)]),
  ),
  chunks("cut chunks", (text, random) => text.slice(0, random.below(text.length + 1))),
  chunks("disturbed chunks", (text, random) => disturb(text, random, random.pick(pieces))),
  chunks("byte of a chunk", (text, random) =>
    replaceNth(text, random, /[\s\S]/g, String.fromCharCode(random.below(256))),
  ),
];

const sizes: readonly [string, ...string[]] = [
  "0",
  "1",
  "ffffffff",
  "ffffffffffffffff",
  "7fffffffffffffff",
  "-1",
  "+7",
  "0x7",
  "",
  " 7",
  "7 ",
  "g",
  "00000000000000007",
  "0".repeat(300),
  "1e",
];
const trailers: readonly [string, ...string[]] = [
  "",
  ":",
  "x-amz-checksum-crc32:",
  "x-amz-checksum-crc32:AAAAAA==",
  "x-amz-checksum-sha256:AAAA",
  "x-amz-acl:public-read",
  "authorization:x",
  `x:${"y".repeat(9000)}`,
  "x-amz-checksum-crc32:a\r\n".repeat(20),
  "x-amz-checksum-crc32:A\0==",
  "\xff:\xff",
  "__proto__:x",
  `x-amz-trailer-signature:${"0".repeat(64)}`,
];

function chunks(name: string, change: (text: string, random: Random) => string): Mutation {
  return {
    name,
    apply: (request, random) => ({
      ...request,
      body: Buffer.from(change(request.body.toString("latin1"), random), "latin1"),
    }),
  };
}

function replaceNth(text: string, random: Random, pattern: RegExp, replacement: string): string {
  const all = [...text.matchAll(pattern)];
  const found = all[random.below(Math.max(all.length, 1))];
  if (found === undefined) return text;
  return text.slice(0, found.index) + replacement + text.slice(found.index + found[0].length);
}
