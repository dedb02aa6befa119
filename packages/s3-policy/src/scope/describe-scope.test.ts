import { expect, test } from "vitest";
import { describeScope } from "./describe-scope.ts";
import type { Scope } from "./scope.ts";

test.each<[Scope, string]>([
  [{ access: "full" }, "full on everything"],
  [{ access: "read-write", on: { project: "shop" } }, "read-write on project shop"],
  [{ access: "full", on: { bucket: "photos" } }, "full on photos"],
  [{ access: "read-only", on: { bucket: "photos", prefix: "2026/" } }, "read-only on photos/2026/"],
  [{ access: "full", on: { bucket: "photos", prefix: "my é*/" } }, "full on photos/my é*/"],
  [
    { access: "full", on: { bucket: "photos", prefix: "a\n\u001b[2J\u202e" } },
    "full on photos/a\\u{a}\\u{1b}[2J\\u{202e}",
  ],
  [{ access: "full", sourceNetworks: ["10.0.0.0/8"] }, "full on everything, from 10.0.0.0/8"],
  [{ access: "full", sourceNetworks: ["::1", "::2", "::3"] }, "full on everything, from ::1, ::2, ::3"],
  [
    { access: "full", sourceNetworks: ["::1", "::2", "::3", "::4", "::5"] },
    "full on everything, from ::1, ::2, ::3 and 2 more",
  ],
])("%j: %s", (scope, expected) => {
  expect(describeScope(scope)).toBe(expected);
});
