import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { documents } from "../src/documents.ts";
import { XmlError } from "../src/xml-error.ts";
import { requestSample } from "./request-samples.ts";

const requests = documents.filter((document) => document.kind === "request");
const numRuns = Number(process.env.STAVE_PROPERTY_RUNS ?? 200);
const timeout = 10_000 + numRuns * 5;
const seed = Date.now();
const malformed = expect.objectContaining({ name: "XmlError", code: "MalformedXML" });

describe.each(requests.map((document) => [document.name, document] as const))("%s", (name, { parse, maxBytes }) => {
  const sample = requestSample(name);
  const bytes = Buffer.from(sample);

  test("security S43 rejects a document type, an entity and a processing instruction", () => {
    const [declaration = "", body = ""] = sample.split("\n");

    for (const extra of [`<!DOCTYPE ${name}>`, `<!DOCTYPE ${name} [<!ENTITY a "b">]>`, "<?a b?>"]) {
      expect(() => parse(Buffer.from(`${declaration}${extra}${body}`))).toThrow(malformed);
    }
    expect(() => parse(Buffer.from(sample.replace(/<\/[A-Za-z]+>$/, "&a;$&")))).toThrow(malformed);
  });

  test("security S43 rejects one byte more than the cap, and reads as many", () => {
    const padded = (length: number) => Buffer.from(padTo(sample, length));

    expect(() => parse(padded(maxBytes))).not.toThrow();
    expect(() => parse(padded(maxBytes + 1))).toThrow(
      expect.objectContaining({ code: "MaxMessageLengthExceeded", details: { MaxMessageLengthBytes: `${maxBytes}` } }),
    );
    // As plain JavaScript can: it is the default, not no cap.
    expect(() => parse(padded(maxBytes + 1), { maxBytes: undefined } as object)).toThrow(
      expect.objectContaining({ code: "MaxMessageLengthExceeded" }),
    );
    expect(() => parse(bytes, { maxBytes: bytes.length })).not.toThrow();
    expect(() => parse(bytes, { maxBytes: bytes.length - 1 })).toThrow(
      expect.objectContaining({ code: "MaxMessageLengthExceeded" }),
    );
  });

  test("security S43 rejects 10,000 levels, and elements without end", () => {
    const within = (content: string) => Buffer.from(`<${name}>${content}</${name}>`);

    expect(() => parse(within("<a>".repeat(10_000) + "</a>".repeat(10_000)), { maxBytes: 2 ** 20 })).toThrow(malformed);
    expect(() => parse(within("<a/>".repeat(250_000)), { maxBytes: 2 ** 20 })).toThrow(malformed);
  });

  test("security S34 rejects what was cut off at any byte", () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => parse(bytes.subarray(0, length))).toThrow(malformed);
    }
  });

  test(`security S34 rejects what was damaged with XmlError or reads it (seed ${seed})`, { timeout }, () => {
    fc.assert(
      fc.property(damage(bytes.length), (edits) => {
        let damaged: Buffer = bytes;
        for (const { at, remove, insert } of edits) {
          damaged = Buffer.concat([damaged.subarray(0, at), Buffer.from(insert), damaged.subarray(at + remove)]);
        }
        onlyXmlError(() => parse(damaged));
      }),
      { seed, numRuns },
    );
  });

  test(`security S34 rejects elements in any order and number with XmlError or reads them (seed ${seed})`, {
    timeout,
  }, () => {
    fc.assert(
      fc.property(contentOf(name), (xml) => onlyXmlError(() => parse(Buffer.from(`<${name}>${xml}</${name}>`)))),
      { seed, numRuns },
    );
  });

  test("rejects another root, and text between members", () => {
    expect(() => parse(Buffer.from(sample.replaceAll(name, `${name}s`)))).toThrow(malformed);
    expect(() => parse(Buffer.from(sample.replace(/<\/[A-Za-z]+>$/, "x$&")))).toThrow(malformed);
  });

  test("reads the same with a prefix, without a namespace and with white space and comments between members", () => {
    const expected = parse(bytes);

    const bare = sample.replace(/ xmlns="[^"]*"/, "");
    const prefixed = bare.replace(/<(\/?)([A-Z])/g, "<$1s3:$2").replace(/<\?.*\?>/, '<?xml version="1.0"?>');
    const spaced = sample
      .replace(/></g, ">\n  <!-- - --><")
      .replace(/(<([A-Za-z]+)(?: [^>]*)?>)\s*<!-- - -->(<\/\2>)/g, "$1$3");

    expect(parse(Buffer.from(bare))).toEqual(expected);
    expect(parse(Buffer.from(prefixed))).toEqual(expected);
    expect(parse(Buffer.from(spaced))).toEqual(expected);
  });
});

// They ignore what they do not know, as S3 does: SDKs send members of newer and of other kinds of buckets.
const lenient = ["CompleteMultipartUpload", "CreateBucketConfiguration", "Delete", "VersioningConfiguration"];

test.each(requests.map((document) => [document.name, document] as const))(
  "%s with a member that is not known",
  (name, { parse }) => {
    const xml = Buffer.from(requestSample(name).replace(/<\/[A-Za-z]+>$/, "<Unknown/>$&"));

    if (lenient.includes(name)) expect(() => parse(xml)).not.toThrow();
    else expect(() => parse(xml)).toThrow(malformed);
  },
);

test.each(requests.filter(({ name }) => !lenient.includes(name)).map((document) => [document.name, document] as const))(
  "%s rejects a member that is not known at any depth",
  (name, { parse }) => {
    const sample = requestSample(name);
    // Settings of a serialization are open, and select parameters are not read at all.
    const open = ["CSV", "JSON", "SelectParameters", "Expression"];

    for (const { 0: tag, 1: element = "", index } of sample.matchAll(/<([A-Za-z0-9]+)>/g)) {
      if (open.includes(element)) continue;
      const end = index + tag.length;
      expect(() => parse(Buffer.from(`${sample.slice(0, end)}<Unknown/>${sample.slice(end)}`))).toThrow(malformed);
    }
  },
);

/** White space after the root, in pieces that stay within the longest text. */
function padTo(sample: string, length: number): string {
  const piece = `${" ".repeat(8000)}<!---->`;
  const missing = length - Buffer.byteLength(sample);
  return sample + piece.repeat(Math.floor(missing / piece.length)) + " ".repeat(missing % piece.length);
}

function damage(length: number): fc.Arbitrary<{ at: number; remove: number; insert: string }[]> {
  const edit = fc.record({
    at: fc.nat(length),
    remove: fc.nat(12),
    insert: fc.oneof(markup, fc.string({ unit: "binary", maxLength: 4 })),
  });
  return fc.array(edit, { minLength: 1, maxLength: 4 });
}

const markup = fc.constantFrom(
  "<",
  ">",
  "/",
  "&",
  "'",
  '"',
  "<ID>",
  "</ID>",
  "<Rule/>",
  "<!--",
  "]]>",
  "-1",
  "\0",
  "&#1;",
  "",
);

const allNames = requests.flatMap(({ name }) => memberNames(name));

/** Elements of this document and, less often, of others, nested and repeated in any way. */
function contentOf(name: string): fc.Arbitrary<string> {
  const names = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...memberNames(name)) }, fc.constantFrom(...allNames));
  const texts = fc.constantFrom("", "1", "Enabled", "GOVERNANCE", "2030-01-01", "true", " ");
  const join = (parts: string[]) => parts.join("");
  return fc.letrec<{ content: string; element: string }>((tie) => ({
    content: fc.oneof({ maxDepth: 6 }, texts, fc.array(tie("element"), { maxLength: 4 }).map(join)),
    element: fc.tuple(names, tie("content")).map(([member, inner]) => `<${member}>${inner}</${member}>`),
  })).content;
}

function memberNames(name: string): readonly string[] {
  return Array.from(requestSample(name).matchAll(/<([A-Z]\w*)>/g), ([, member]) => member ?? "");
}

function onlyXmlError(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(XmlError);
  }
}
