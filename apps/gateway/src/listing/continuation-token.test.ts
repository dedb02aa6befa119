import { describe, expect, test } from "vitest";
import { decodeToken, encodeToken } from "./continuation-token.ts";

const listing = ["photos", "2024/", "/"];
const refused = expect.objectContaining({ code: "InvalidArgument" });

test.each([["a"], ["2024/05/"], ["a b+c%"], ["é\u0301😀"], ["\n\u0001"], ["k".repeat(1024)], ["é".repeat(512)]])(
  "continues after %j",
  (after) => {
    const token = encodeToken(after, listing);

    expect(token).toMatch(/^[\w-]+$/);
    expect(decodeToken(token, listing)).toBe(after);
  },
);

describe("refuses", () => {
  const token = encodeToken("2024/05.jpg", listing);

  test.each([
    ["another bucket", ["videos", "2024/", "/"]],
    ["another prefix", ["photos", "2025/", "/"]],
    ["another delimiter", ["photos", "2024/", ""]],
    ["parts shifted between prefix and delimiter", ["photos", "2024", "//"]],
    ["fewer parts", ["photos", "2024/"]],
  ])("a token of %s", (_, other) => {
    expect(() => decodeToken(token, other)).toThrow(refused);
  });

  test("a token with any one character changed", () => {
    // The last character may hold bits that base64 ignores.
    for (let at = 0; at < token.length - 1; at += 1) {
      const changed = `${token.slice(0, at)}${token[at] === "A" ? "B" : "A"}${token.slice(at + 1)}`;

      expect(() => decodeToken(changed, listing)).toThrow(refused);
    }
  });

  test("a token cut anywhere", () => {
    for (let length = 0; length < token.length - 1; length += 1) {
      expect(() => decodeToken(token.slice(0, length), listing)).toThrow(refused);
    }
  });

  test.each([[""], ["2024/05.jpg"], ["!"], ["\0"], ["é"], ["A".repeat(100_000)]])("%j", (text) => {
    expect(() => decodeToken(text, listing)).toThrow(refused);
  });
});
