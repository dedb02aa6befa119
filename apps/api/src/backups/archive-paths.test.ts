import { expect, test } from "vitest";
import { archivePath } from "./archive-paths.ts";

test.each([
  ["photos/a b+c.jpg", "photos/a b+c.jpg"],
  ["../victim/obj", "%2E%2E/victim/obj"],
  ["/etc/passwd", "%2F/etc/passwd"],
  ["a//b/", "a/%2F/b/%2F"],
  ["./a/.", "%2E/a/%2E"],
  ["a\\..\\b", "a%5C..%5Cb"],
  ["100%", "100%25"],
  ["a\u0000b\n", "a%00b%0A"],
  ["C:x", "C%3Ax"],
  ["end. ", "end%2E%20"],
  ["grüße/日本", "grüße/日本"],
])("the key %j is the path %j", (key, path) => {
  expect(archivePath(key)).toBe(path);
});

test("a name that is too long for a file system is cut, and no other's", () => {
  const long = `${"x".repeat(1000)}`;
  const [one, other] = [archivePath(`a/${long}1`), archivePath(`a/${long}2`)];

  expect(one).not.toBe(other);
  for (const path of [one, other, archivePath("語".repeat(341))]) {
    for (const part of path.split("/")) expect(Buffer.byteLength(part)).toBeLessThan(256);
    expect(path).not.toContain("\ufffd");
  }
});
