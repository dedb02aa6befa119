import { describe, expect, test } from "vitest";
import { createNameFilter, matches } from "./name-filter.ts";

describe("a pattern", () => {
  const cases: readonly (readonly [pattern: string, name: string, isMatch: boolean])[] = [
    ["*.jpg", "a.jpg", true],
    ["*.jpg", "deep/down/a.jpg", true],
    ["*.jpg", "a.jpg.txt", false],
    ["logs/*", "logs/a", true],
    ["logs/*", "logs/a/b", false],
    ["logs/**", "logs/a/b", true],
    ["**/tmp/*", "tmp/a", true],
    ["**/tmp/*", "x/y/tmp/a", true],
    ["**/tmp/*", "xtmp/a", false],
    ["a?c", "abc", true],
    ["a?c", "a/c", false],
    ["?", "\u{1f600}", true],
    ["a.b", "axb", false],
    ["[a]", "[a]", true],
    ["*", "", true],
  ];

  for (const [pattern, name, isMatch] of cases) {
    test(`${pattern} ${isMatch ? "matches" : "does not match"} ${JSON.stringify(name)}`, () => {
      expect(matches(pattern, name)).toBe(isMatch);
    });
  }

  test("of many stars takes no more time than its length", () => {
    const startMs = performance.now();

    expect(matches("*a".repeat(200), "a".repeat(1000))).toBe(true);
    expect(matches(`${"*a".repeat(200)}b`, "a".repeat(1000))).toBe(false);
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });
});

test("what is excluded is not wanted, even when it is included", () => {
  const isWanted = createNameFilter({ include: ["*.jpg", "*.png"], exclude: ["old/**"] });

  expect(["a.jpg", "old/a.jpg", "a.txt", "b/c.png"].filter(isWanted)).toEqual(["a.jpg", "b/c.png"]);
});
