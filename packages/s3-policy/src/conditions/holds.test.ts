import { describe, expect, test } from "vitest";
import { readJson } from "../read-json.ts";
import { holds } from "./holds.ts";
import { operators } from "./operators.ts";
import { parseConditions } from "./parse-conditions.ts";

function check(operator: string, wanted: unknown, actual: readonly string[] | undefined, key = "aws:Referer"): boolean {
  const block = readJson(JSON.stringify({ [operator]: { [key]: wanted } }));
  const [condition] = parseConditions(block, { variables: true });
  if (condition === undefined) throw new Error("Expected a condition");
  return holds(condition, { valuesOf: () => actual, resolve: () => undefined, effect: "Allow" });
}

type Row = [operator: string, wanted: string | string[] | number | boolean, actual: string, holds: boolean];

const rows: readonly Row[] = [
  ["StringEquals", "a", "a", true],
  ["StringEquals", "a", "A", false],
  ["StringEquals", "*", "a", false],
  ["StringEquals", ["a", "b"], "b", true],
  ["StringNotEquals", "a", "b", true],
  ["StringNotEquals", ["a", "b"], "b", false],
  ["StringEqualsIgnoreCase", "Straße", "STRASSE", false],
  ["StringEqualsIgnoreCase", "aB", "Ab", true],
  ["StringNotEqualsIgnoreCase", "aB", "Ab", false],
  ["StringLike", "http://*.example.com/*", "http://www.example.com/", true],
  ["StringLike", "http://*.example.com/*", "http://example.com/", false],
  ["StringLike", "a?c", "abc", true],
  ["StringNotLike", "a*", "abc", false],
  ["stringlike", "a*", "abc", true],
  ["NumericEquals", 10, "10.0", true],
  ["NumericNotEquals", "10", "11", true],
  ["NumericLessThan", "10", "10", false],
  ["NumericLessThanEquals", "10", "10", true],
  ["NumericGreaterThan", "10", "10.5", true],
  ["NumericGreaterThanEquals", "10", "9", false],
  ["NumericGreaterThanEquals", "10", "ten", false],
  ["NumericNotEquals", "10", "ten", true],
  ["DateEquals", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", true],
  ["DateNotEquals", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", true],
  ["DateLessThan", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", true],
  ["DateLessThanEquals", "2026-01-01", "2026-01-01T00:00:00Z", true],
  ["DateGreaterThan", "1767225600", "2026-01-01T00:00:01Z", true],
  ["DateGreaterThanEquals", "2026-01-01T00:00:00Z", "2025-01-01T00:00:00Z", false],
  ["Bool", true, "true", true],
  ["Bool", "true", "false", false],
  ["BinaryEquals", "QUI=", "QUI=", true],
  ["BinaryEquals", "QUI=", "QUM=", false],
  ["IpAddress", "10.0.0.0/8", "10.1.2.3", true],
  ["IpAddress", "10.0.0.0/8", "11.0.0.1", false],
  ["IpAddress", "10.0.0.0/8", "::ffff:10.1.2.3", true],
  ["IpAddress", "10.1.2.3", "10.1.2.3", true],
  ["IpAddress", "2001:db8::/32", "2001:db8:1::1", true],
  ["IpAddress", "2001:db8::/32", "10.0.0.1", false],
  ["IpAddress", "0.0.0.0/0", "nonsense", false],
  ["NotIpAddress", "10.0.0.0/8", "11.0.0.1", true],
  ["NotIpAddress", ["10.0.0.0/8", "11.0.0.0/8"], "11.0.0.1", false],
  ["ArnEquals", "arn:aws:iam::1:user/*", "arn:aws:iam::1:user/ann", true],
  ["ArnLike", "arn:aws:iam::*:user/ann", "arn:aws:iam::1:user/ann", true],
  ["ArnLike", "arn:aws:*:1:user:ann", "arn:aws:iam::1:user:ann", false],
  ["ArnNotEquals", "arn:aws:iam::1:user/ann", "arn:aws:iam::1:user/ann", false],
  ["ArnNotLike", "arn:aws:iam::2:*", "arn:aws:iam::1:user/ann", true],
  ["StringNotEqualsIgnoreCase", "aB", "Ac", true],
  ["StringNotLike", "a*", "bcd", true],
  ["NumericEquals", 10, "10.1", false],
  ["NumericNotEquals", "10", "10.0", false],
  ["NumericLessThan", "10", "-11", true],
  ["NumericLessThanEquals", "10", "10.1", false],
  ["NumericGreaterThan", "10", "10", false],
  ["NumericGreaterThanEquals", "10", "10", true],
  ["DateEquals", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", false],
  ["DateNotEquals", "2026-01-01T00:00:00Z", "1767225600", false],
  ["DateLessThan", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", false],
  ["DateLessThanEquals", "2026-01-01", "2026-01-01T00:00:00.001Z", false],
  ["DateGreaterThan", "1767225600", "2026-01-01T00:00:00Z", false],
  ["DateGreaterThanEquals", "2026-01-01T00:00:00Z", "2026-01-01", true],
  ["ArnEquals", "arn:aws:iam::1:user/*", "arn:aws:iam::2:user/ann", false],
  ["ArnNotEquals", "arn:aws:iam::1:user/ann", "arn:aws:iam::1:user/bob", true],
  ["ArnNotLike", "arn:aws:iam::1:user/*", "arn:aws:iam::1:user/ann", false],
];

test.each(rows)("%s %j of %j is %s", (operator, wanted, actual, expected) => {
  expect(check(operator, wanted, [actual])).toBe(expected);
});

describe("every operator", () => {
  const samples = new Map(rows.map(([operator, wanted]) => [operator.toLowerCase(), wanted]));

  test("has a row that it holds for, and one that it does not", () => {
    const missing = [...operators.keys()].flatMap((name) =>
      [true, false]
        .filter((expected) => !rows.some((row) => row[0].toLowerCase() === name && row[3] === expected))
        .map((expected) => `${name} ${expected}`),
    );

    expect(missing).toEqual([]);
  });

  test.each([...operators])(
    "%s with IfExists and of sets treats an absent key as documented",
    (name, { isNegated }) => {
      const wanted = samples.get(name);

      expect(check(name, wanted, undefined)).toBe(isNegated);
      expect(check(`${name}IfExists`, wanted, undefined)).toBe(true);
      expect(check(`ForAllValues:${name}`, wanted, undefined)).toBe(true);
      expect(check(`ForAnyValue:${name}`, wanted, undefined)).toBe(false);
      expect(check(`ForAllValues:${name}`, wanted, [])).toBe(true);
      expect(check(`ForAnyValue:${name}`, wanted, [])).toBe(false);
    },
  );
});

describe("a key that the request does not have", () => {
  test.each<[string, string, boolean]>([
    ["StringEquals", "a", false],
    ["StringNotEquals", "a", true],
    ["StringLikeIfExists", "a", true],
    ["StringNotLikeIfExists", "a", true],
    ["IpAddress", "10.0.0.0/8", false],
    ["NotIpAddress", "10.0.0.0/8", true],
    ["Bool", "true", false],
    ["BoolIfExists", "true", true],
    ["Null", "true", true],
    ["Null", "false", false],
    ["ForAllValues:StringEqualsIfExists", "a", true],
    ["ForAnyValue:StringEqualsIfExists", "a", true],
  ])("%s %j is %s", (operator, wanted, expected) => {
    expect(check(operator, wanted, undefined)).toBe(expected);
  });

  test("Null of one that is there", () => {
    expect([check("Null", "true", ["x"]), check("Null", "false", ["x"])]).toEqual([false, true]);
  });
});

// GHSA-v9cp: the negated set operators were transposed. The policy has ["a", "b"].
describe("security S17: sets of values", () => {
  const table: readonly (readonly [string, readonly string[] | undefined, boolean])[] = [
    ["ForAllValues:StringEquals", undefined, true],
    ["ForAllValues:StringEquals", [], true],
    ["ForAllValues:StringEquals", ["a"], true],
    ["ForAllValues:StringEquals", ["a", "b"], true],
    ["ForAllValues:StringEquals", ["a", "c"], false],
    ["ForAllValues:StringEquals", ["c", "d"], false],
    ["ForAnyValue:StringEquals", undefined, false],
    ["ForAnyValue:StringEquals", [], false],
    ["ForAnyValue:StringEquals", ["a"], true],
    ["ForAnyValue:StringEquals", ["a", "c"], true],
    ["ForAnyValue:StringEquals", ["c", "d"], false],
    ["ForAllValues:StringNotEquals", undefined, true],
    ["ForAllValues:StringNotEquals", [], true],
    ["ForAllValues:StringNotEquals", ["c", "d"], true],
    ["ForAllValues:StringNotEquals", ["a", "c"], false],
    ["ForAllValues:StringNotEquals", ["a"], false],
    ["ForAnyValue:StringNotEquals", undefined, false],
    ["ForAnyValue:StringNotEquals", [], false],
    ["ForAnyValue:StringNotEquals", ["c"], true],
    ["ForAnyValue:StringNotEquals", ["a", "c"], true],
    ["ForAnyValue:StringNotEquals", ["a", "b"], false],
  ];

  test.each(table)("%s of %j is %s", (operator, actual, expected) => {
    expect(check(operator, ["a", "b"], actual, "s3:RequestObjectTagKeys")).toBe(expected);
  });
});
