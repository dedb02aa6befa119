import type { Random } from "../random.ts";
import { boundary } from "../record.ts";
import { disturb, type Mutation } from "./mutation.ts";
import { pieces, values } from "./pieces.ts";

/** Changes of a browser form. */
export const formMutations: readonly [Mutation, ...Mutation[]] = [
  form("boundary", (text, random) =>
    text.replaceAll(boundary, random.pick(["x", "", boundary.slice(1), "a".repeat(80), "\r\n"])),
  ),
  form("one boundary", (text) => text.replace(boundary, `${boundary}x`)),
  form("no end", (text) => text.replace(`--${boundary}--`, "")),
  form("part headers", (text, random) =>
    text.replace(
      "Content-Disposition",
      random.pick(["content-type", "", ":", "X".repeat(9000), "Content-Disposition: form-data\r\n ;x"]),
    ),
  ),
  form("field names", (text, random) =>
    text.replace(
      /name="[^"]*"/,
      `name="${random.pick(["", "file", "key", "policy", "bucket", "__proto__", "\r\n", "x".repeat(3000), "x-amz-meta-a", "acl"])}"`,
    ),
  ),
  form("field twice", (text) => text.replace(/--[^-]+?\r\n\r\n[^\r]*\r\n/, "$&$&")),
  form("field values", (text, random) => text.replace(/(?<=\r\n\r\n)[^\r]*/, random.pick(values))),
  form("file first", (text) => text.replace(/^([\s\S]*)(--[^-]*name="file"[\s\S]*?)(?=\r\n--)/, "$2\r\n$1")),
  form(
    "much before the file",
    (text, random) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="x-ignore-a"\r\n\r\n${"p".repeat(19_000 + random.below(4000))}\r\n${text}`,
  ),
  form(
    "many fields",
    (text, random) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n`.repeat(1 + random.below(400)) + text,
  ),
  form("large file", (text, random) => text.replace("file of a form", "f".repeat(990 + random.below(20)))),
  form("bare line feeds", (text) => text.replaceAll("\r\n", "\n")),
  form("disturbed form", (text, random) =>
    disturb(text, random, random.pick([...pieces, `\r\n--${boundary}`, `--${boundary}--`])),
  ),
];

function form(name: string, change: (text: string, random: Random) => string): Mutation {
  return {
    name,
    apply: (request, random) => ({
      ...request,
      body: Buffer.from(change(request.body.toString("latin1"), random), "latin1"),
    }),
  };
}
