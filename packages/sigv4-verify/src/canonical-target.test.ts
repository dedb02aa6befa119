import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalizeTarget } from "./canonical-target.ts";
import { decodeEscapes } from "./percent-encoding.ts";

function canonical(target: string): string {
  const { path, query } = canonicalizeTarget(target);
  return [path, ...query.map(({ name, value }) => `${name}=${value}`)].join(" ");
}

test.each([
  ["keeps what is canonical", "/b/k%20%E2%82%AC-._~", "/b/k%20%E2%82%AC-._~"],
  ["encodes what was sent raw", "/b/a b$'\xe9", "/b/a%20b%24%27%E9"],
  ["gives every byte one spelling", "/b/%41%2f%2e%e2%82%ac%7e", "/b/A/.%E2%82%AC~"],
  ["decodes once", "/b/%2541", "/b/%2541"],
  ["keeps a plus in a path", "/b/a+b", "/b/a%2Bb"],
  ["does not normalise", "//b/./a/../c//", "//b/./a/../c//"],
  ["keeps a fragment's sign", "/b/a#b", "/b/a%23b"],
  ["splits at the first question mark", "/b?a=?&b", "/b a=%3F b="],
  ["sorts by name, then value", "/?b=2&b=1&a-=3&a=4&B=5", "/ B=5 a=4 a-=3 b=1 b=2"],
  ["reads a plus in a query as a space", "/?a=b+c%2B", "/ a=b%20c%2B"],
  ["encodes slashes in a query", "/?prefix=a/b&c/d=", "/ c%2Fd= prefix=a%2Fb"],
  ["splits a parameter at its first =", "/?a=b=c&=d", "/ =d a=b%3Dc"],
  ["drops empty parameters", "/?&a&&", "/ a="],
  ["takes an absolute form", "https://s3.example.com:443//b?a", "//b a="],
  ["takes an absolute form without path", "http://s3.example.com?a", "/ a="],
])("%s", (_title, target, expected) => {
  expect(canonical(target)).toBe(expected);
});

test.each([
  ["a cut-off escape", "/%4"],
  ["a lone percent sign", "/100%"],
  ["an escape that is not hex", "/%zz"],
  ["a bad escape in a query name", "/?%g0=1"],
  ["a bad escape in a query value", "/?a=%0"],
  ["text that is not bytes", "/\u1234"],
  ["no path", "photos/a.jpg"],
  ["an asterisk", "*"],
  ["nothing", ""],
  ["another scheme", "ftp://host/a"],
  ["a scheme without host", "http:///a"],
])("security S39: refuses %s", (_title, target) => {
  expect(() => canonicalizeTarget(target)).toThrow(expect.objectContaining({ code: "InvalidURI" }));
});

describe("security S42: a target", () => {
  test("takes 8192 bytes and no more", () => {
    expect(canonicalizeTarget("/".padEnd(8192, "a")).path).toHaveLength(8192);
    expect(() => canonicalizeTarget("/".padEnd(8193, "a"))).toThrow(expect.objectContaining({ code: "InvalidURI" }));
  });

  test("takes 100 parameters and no more", () => {
    const parameters = (count: number) => `/?${Array.from({ length: count }, (_, index) => `p${index}`).join("&")}`;

    expect(canonicalizeTarget(parameters(100)).query).toHaveLength(100);
    expect(() => canonicalizeTarget(parameters(101))).toThrow(expect.objectContaining({ code: "InvalidURI" }));
  });
});

test("is its own canonical form, and keeps every byte", () => {
  const bytes = fc.uint8Array({ maxLength: 40 }).map((data) => Buffer.from(data).toString("latin1"));
  const escapeBytes = (text: string) =>
    text.replace(/[%?&=+#]|[^ -~]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, "0")}`);

  fc.assert(
    fc.property(bytes, bytes, (key, value) => {
      const { path, query } = canonicalizeTarget(`/${escapeBytes(key)}?v=${escapeBytes(value)}`);

      expect(canonicalizeTarget(path).path).toBe(path);
      expect(decodeEscapes(path)).toBe(`/${key}`);
      expect(decodeEscapes(query[0]?.value ?? "")).toBe(value);
    }),
  );
});
