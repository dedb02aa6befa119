import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createMd5, md5Of } from "./create-md5.ts";
import { isContentMd5, parseContentMd5 } from "./parse-content-md5.ts";

type Input = { readonly text: string } | { readonly fill: string; readonly size: number };
const vectors: {
  readonly multipartUploads: readonly { readonly parts: readonly { readonly input: Input; readonly etag: string }[] }[];
} = JSON.parse(readFileSync(new URL("../test/vectors/checksums.json", import.meta.url), "utf8"));
const uploads = vectors.multipartUploads;

// RFC 1321, appendix A.5.
const published = [
  ["", "d41d8cd98f00b204e9800998ecf8427e"],
  ["a", "0cc175b9c0f1b6a831c399e269772661"],
  ["message digest", "f96b697d7cb7938d525a2f31aaf161d0"],
  [
    "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
    "57edf4a22be3c955ac49da2e2107b67a",
  ],
] as const;

describe.each(published)("the MD5 of %j", (text, hex) => {
  test("has the published value, in one call and byte by byte", () => {
    const md5 = createMd5();
    for (const byte of Buffer.from(text)) md5.update(Buffer.of(byte));

    const expected = { hex, base64: Buffer.from(hex, "hex").toString("base64") };
    expect(md5.digest()).toEqual(expected);
    expect(md5Of(Buffer.from(text))).toEqual(expected);
  });

  test("comes back from its Content-MD5", () => {
    const digest = md5Of(Buffer.from(text));

    expect(isContentMd5(digest.base64)).toBe(true);
    expect(parseContentMd5(digest.base64)).toEqual(digest);
  });
});

test("is the published ETag of every part", () => {
  const etags = uploads.flatMap(({ parts }) =>
    parts.map(({ input, etag }) => {
      const bytes = "text" in input ? Buffer.from(input.text) : Buffer.alloc(input.size, input.fill);
      return [md5Of(bytes).hex, etag];
    }),
  );

  expect(etags.length).toBeGreaterThan(2);
  for (const [computed, published] of etags) expect(computed).toBe(published);
});

describe("a Content-MD5 that is", () => {
  const value = "JfnnlDI7RTiF9RgfG2JNCw==";

  test.each([
    ["empty", ""],
    ["hexadecimal", "25f9e794323b453885f5181f1b624d0b"],
    ["without padding", "JfnnlDI7RTiF9RgfG2JNCw"],
    ["surrounded by blanks", ` ${value} `],
    ["with blanks of the right length", ` ${value.slice(1)}`],
    ["in the alphabet of URLs", `_${value.slice(1)}`],
    ["with unused bits that are not zero", value.replace("Cw==", "Cx==")],
    ["of 15 bytes", Buffer.alloc(15).toString("base64")],
    ["of 17 bytes", Buffer.alloc(17).toString("base64")],
    ["very long", "A".repeat(1_000_000)],
  ])("%s is refused", (_title, bad) => {
    expect(isContentMd5(bad)).toBe(false);
    expect(() => parseContentMd5(bad)).toThrow(
      expect.objectContaining({ name: "ChecksumError", code: "InvalidDigest" }),
    );
  });
});
