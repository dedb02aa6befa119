import { describe, expect, test } from "vitest";
import { encodeKeyForUrlEncoding } from "./url-encoding.ts";
import { escapeText } from "./xml-writer.ts";

describe("text in XML", () => {
  test.each([
    ["plain/key-1_2.txt", "plain/key-1_2.txt"],
    ["", ""],
    ["&<>\"'", "&amp;&lt;&gt;&quot;'"],
    ["&amp;", "&amp;amp;"],
    ["]]>", "]]&gt;"],
    ["a\r\n\tb", "a&#13;\n\tb"],
    ["\0\u0001\b\u000b\f\u000e\u001f", "&#x0;&#x1;&#x8;&#xb;&#xc;&#xe;&#x1f;"],
    ["\ufffe\uffff", "&#xfffe;&#xffff;"],
    ["\u007f\u0085\u2028\ufeff", "\u007f\u0085\u2028\ufeff"],
    ["żółć 😀", "żółć 😀"],
    ["\ud83d", "\ufffd"],
    ["a\ude00b<", "a\ufffdb&lt;"],
  ])("%j becomes %j", (text, escaped) => {
    expect(escapeText(text)).toBe(escaped);
  });
});

describe("encoding-type=url", () => {
  test.each([
    ["plain/key-1_2.~txt", "plain/key-1_2.~txt"],
    ["", ""],
    ["a b+c&d=e", "a%20b%2Bc%26d%3De"],
    ["100%/%2F", "100%25/%252F"],
    ["!'()*", "%21%27%28%29%2A"],
    ["ż/😀", "%C5%BC/%F0%9F%98%80"],
    ["\0\r\n", "%00%0D%0A"],
    ["\ud83d", "%EF%BF%BD"],
    ["<\"'>", "%3C%22%27%3E"],
  ])("%j becomes %j", (key, encoded) => {
    expect(encodeKeyForUrlEncoding(key)).toBe(encoded);
    if (key.isWellFormed()) expect(decodeURIComponent(encoded)).toBe(key);
  });
});
