import { expect, test } from "vitest";
import { expired } from "./remove-expired.ts";

const at = new Date("2030-02-01T00:00:00Z");
const made = (
  daysAgo: number,
  state: "completed" | "failed" | "running" | "deleting",
  isBusy = state === "running",
) => ({
  id: `${state}-${daysAgo}`,
  state,
  isBusy,
  createdAt: new Date(at.getTime() - daysAgo * 24 * 3_600_000),
});
const ids = (found: readonly { readonly id: string }[]) => found.map(({ id }) => id);

test("keeps everything without a rule", () => {
  expect(expired([made(1, "completed"), made(1000, "completed"), made(2000, "failed")], { at })).toEqual([]);
});

test("keeps as many good ones as are asked for, and failed ones that are newer than these", () => {
  const all = [made(0, "failed"), made(1, "completed"), made(2, "completed"), made(3, "failed"), made(4, "completed")];
  expect(ids(expired(all, { retentionCount: 2, at }))).toEqual(["failed-3", "completed-4"]);
});

test("keeps the last good one, however old it is", () => {
  const all = [made(1, "failed"), made(50, "completed"), made(60, "completed"), made(70, "failed")];
  expect(ids(expired(all, { retentionDays: 30, at }))).toEqual(["completed-60", "failed-70"]);
});

test("goes by days and count together, and leaves what is busy", () => {
  const all = [made(0, "running"), made(1, "completed"), made(2, "completed"), made(40, "completed", true)];
  expect(ids(expired(all, { retentionDays: 30, retentionCount: 1, at }))).toEqual(["completed-2"]);
});

test("tries again what could not be deleted", () => {
  expect(ids(expired([made(1, "completed"), made(2, "deleting")], { retentionCount: 5, at }))).toEqual(["deleting-2"]);
});
