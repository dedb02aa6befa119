import { expect, test } from "vitest";
import { combinePoints, groupByStep, startOfStep } from "./combine-points.ts";

test("averages what goes up and down, keeps the greatest, and the last of what grows", () => {
  const points = [
    { values: { cpu_percent: 10, cpu_percent_max: 10, up: 1, disk_bytes: 5, uptime_seconds: 30 } },
    { values: { cpu_percent: 30, cpu_percent_max: 90, up: 0 } },
    { values: { up: 1, disk_bytes: 7, uptime_seconds: 10 } },
    { values: { up: 1 } },
  ];

  expect(combinePoints(points)).toEqual({
    cpu_percent: 20,
    cpu_percent_max: 90,
    up: 0.75,
    disk_bytes: 7,
    uptime_seconds: 10,
  });
  expect(combinePoints([])).toEqual({});
});

test("finds the step of a moment", () => {
  const at = (time: string) => new Date(`2030-01-01T${time}Z`);
  const points = ["10:00:00", "10:04:30", "10:05:00"].map((time) => ({ serviceId: 1, at: at(time), values: {} }));

  expect(startOfStep(at("10:04:59.999"), 300)).toEqual(at("10:00:00"));
  expect([...groupByStep(points, 300)].map(([step, { length }]) => [new Date(step), length])).toEqual([
    [at("10:00:00"), 2],
    [at("10:05:00"), 1],
  ]);
});
