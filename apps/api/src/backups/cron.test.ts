import { expect, test } from "vitest";
import { nextRun, normaliseCron } from "./cron.ts";

test.each([
  ["0 3 * * *", "0 0 3 * * *"],
  ["  15 30 3 * * 1-5 ", "15 30 3 * * 1-5"],
])("%j is %j", (text, expected) => {
  expect(normaliseCron(text)).toBe(expected);
});

test.each(["* 3 * * *", "*/30 * * * *", "0,30 1 * * *", "* 0 3 * * *", "0 3 * *", "@daily", "0 0 0 3 * * 2030"])(
  "%j comes too often, or is none",
  (text) => {
    expect(() => normaliseCron(text)).toThrow(expect.objectContaining({ code: "UNPROCESSABLE" }));
  },
);

test.each([
  ["0 0 25 * * *", "UTC"],
  ["0 0 x * * *", "UTC"],
  ["0 0 3 * * *", "Mars/Olympus"],
])("%j in %j is refused", (cron, timeZone) => {
  expect(() => nextRun({ cron, timeZone }, { after: new Date() })).toThrow(
    expect.objectContaining({ code: "UNPROCESSABLE" }),
  );
});

test("times are those of the time zone", () => {
  const times = { cron: "0 0 3 * * *", timeZone: "Europe/Berlin" };
  expect(nextRun(times, { after: new Date("2030-01-01T12:00:00Z") })).toEqual(new Date("2030-01-02T02:00:00Z"));
  expect(nextRun(times, { after: new Date("2030-07-01T12:00:00Z") })).toEqual(new Date("2030-07-02T01:00:00Z"));
});

test("are an hour apart also when clocks are put forward or back", () => {
  const times = { cron: "0 30 * * * *", timeZone: "Europe/Berlin" };
  for (const day of ["2030-03-30T20:00:00Z", "2030-10-26T20:00:00Z"]) {
    let last = new Date(day);
    for (let n = 0; n < 12; n += 1) {
      const next = nextRun(times, { after: last, last });
      expect((next?.getTime() ?? 0) - last.getTime()).toBeGreaterThanOrEqual(n === 0 ? 0 : 3_600_000);
      last = next ?? last;
    }
  }
});

test("a time that never comes has no next", () => {
  expect(nextRun({ cron: "0 0 3 30 2 *", timeZone: "UTC" }, { after: new Date() })).toBeUndefined();
});
