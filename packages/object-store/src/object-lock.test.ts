import { describe, expect, test } from "vitest";
import type { AttributesRow } from "./embedded/records.ts";
import { showAttributes } from "./embedded/show-records.ts";
import { checkRemovable, checkRetentionChange } from "./object-lock.ts";

const now = new Date("2026-01-02T00:00:00Z");
const later = now.getTime() + 1000;
const row = (retention: unknown, legalHold: unknown = null) =>
  [null, null, retention, legalHold, null] as AttributesRow;
const remove = (attributes: AttributesRow, bypassesGovernance: boolean) => () =>
  checkRemovable(showAttributes(attributes), { key: "k", now, bypassesGovernance });

describe("security S26: a lock that cannot be read holds", () => {
  test.each<[string, AttributesRow]>([
    ["a mode that nobody knows", row([7, later])],
    ["a mode that is missing", row([null, later])],
    ["a time that is none", row([1, Number.NaN])],
    ["a time that is a text", row([1, "tomorrow"])],
    ["a time that is missing", row([1])],
    ["no list", row({})],
    ["a hold that nobody knows", row(null, "maybe")],
  ])("%s, also against a bypass", (_, attributes) => {
    expect(remove(attributes, false)).toThrow(expect.objectContaining({ code: "ObjectLocked" }));
    expect(remove(attributes, true)).toThrow(expect.objectContaining({ code: "ObjectLocked" }));
  });

  test("and is not made shorter", () => {
    const attributes = showAttributes(row([1, Number.NaN]));
    const asked = { key: "k", now, bypassesGovernance: false };

    expect(() => checkRetentionChange(attributes, null, asked)).toThrow(
      expect.objectContaining({ code: "ObjectLocked" }),
    );
  });

  test.each<[string, AttributesRow, boolean]>([
    ["governance, without a bypass", row([0, later]), false],
    ["compliance, with one", row([1, later]), true],
    ["a legal hold, with one", row(null, 1), true],
  ])("as does one that can: %s", (_, attributes, bypasses) => {
    expect(remove(attributes, bypasses)).toThrow(expect.objectContaining({ code: "ObjectLocked" }));
  });

  test.each<[string, AttributesRow, boolean]>([
    ["governance, with a bypass", row([0, later]), true],
    ["one that is over", row([1, now.getTime()]), false],
    ["a hold that was taken off", row(null, 0), false],
  ])("but not %s", (_, attributes, bypasses) => {
    expect(remove(attributes, bypasses)).not.toThrow();
  });
});
