import { expect, test } from "vitest";
import { bucketNames } from "./bucket-names.ts";

const valid = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;

test.each([
  ["shop", "production", "shop-production"],
  ["my--shop-", "staging", "my-shop-staging"],
  ["Under_Score", "production", "under-score-production"],
])("%s in %s is %s", (slug, environment, expected) => {
  const [first] = bucketNames({ projectId: "p", slug, environment });
  expect(first).toBe(expected);
});

test.each([
  ["a name that is too long", "x".repeat(48), "y".repeat(32)],
  ["a prefix that is reserved", "xn--shop", "production"],
  ["an ending that is reserved", "shop", "s3alias"],
  ["nothing", "-", "-"],
])("%s gives names that a bucket may have", (_, slug, environment) => {
  const names = bucketNames({ projectId: "p", slug, environment });
  for (const name of names) {
    expect(name).toMatch(valid);
    expect(name).not.toMatch(/^xn--|-s3alias$/);
  }
  expect(new Set(names).size).toBe(names.length);
  expect(bucketNames({ projectId: "p", slug, environment })).toEqual(names);
});

test("two projects never come to the same suffixes", () => {
  const one = bucketNames({ projectId: "one", slug: "shop", environment: "production" }).slice(1);
  const two = bucketNames({ projectId: "two", slug: "shop", environment: "production" }).slice(1);
  expect(one.filter((name) => two.includes(name))).toEqual([]);
});
