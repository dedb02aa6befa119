import { describe, expect, test } from "vitest";
import { type PowercutOptions, readOptions } from "../src/powercut/options.ts";
import { createReport } from "../src/powercut/report.ts";
import type { FilesystemResult } from "../src/powercut/run-powercut.ts";

const options = readOptions(["--seed", "5", "--cuts", "10"]) as PowercutOptions;
const clean: FilesystemResult = {
  filesystem: "ext4",
  cuts: 10,
  disks: 1,
  acknowledged: 1234,
  judged: 1000,
  findings: [],
  failures: new Map(),
  missing: new Map(),
  elapsedMs: 20_000,
  trouble: undefined,
};
const lost = { kind: "lost", subject: "b/k", operation: 3, text: "operation 3 is gone", cut: 2 } as const;
const broken = { ...clean, findings: [lost] };

describe("the exit code", () => {
  const cases: readonly [title: string, FilesystemResult, Partial<PowercutOptions>, number, string][] = [
    ["is 0 if nothing was found", clean, {}, 0, "PASSED"],
    ["is 1 if something was found", broken, {}, 1, "FAILED"],
    ["is 1 if too little was judged", { ...clean, judged: 199 }, {}, 1, "TOO LITTLE JUDGED on ext4"],
    ["is 1 if the server stopped under load", { ...clean, trouble: "it ended with 1" }, {}, 1, "it ended with 1"],
    ["is 0 if a control finds nothing", clean, { control: true }, 0, "CONTROL PASSED"],
    ["is 3 if a control finds something", broken, { control: true }, 3, "CONTROL FAILED"],
    ["is 1 if a negative control finds something", broken, { withoutFlush: true }, 1, "NEGATIVE CONTROL:"],
    ["is 3 if a negative control finds nothing", clean, { withoutFlush: true }, 3, "NEGATIVE CONTROL FAILED"],
  ];

  test.each(cases)("%s", (_title, result, more, exitCode, verdict) => {
    const report = createReport([result], { ...options, ...more });

    expect(report.exitCode).toBe(exitCode);
    expect(report.text).toContain(verdict);
    expect(report.json).toMatchObject({ exitCode, seed: 5 });
  });

  test("is 1 if one of several file systems shows something", () => {
    expect(createReport([clean, { ...broken, filesystem: "xfs" }], options).exitCode).toBe(1);
  });
});

test("the table counts each kind, and the findings follow in words", () => {
  const { text } = createReport([broken], options);

  expect(text.split("\n").slice(0, 6)).toEqual([
    "file system  cuts  acknowledged  judged  lost  torn  undeleted  phantom  listing  no start  s/cut",
    "ext4           10         1,234   1,000     1     0          0        0        0         0    2.0",
    "",
    "Findings:",
    "  ext4, cut 2: lost: b/k: operation 3 is gone",
    "",
  ]);
});

test("shows ten findings and says how many there are", () => {
  const findings = Array.from({ length: 25 }, (_, operation) => ({ ...lost, operation }));

  const { text } = createReport([{ ...clean, findings }], options);

  expect(text).toContain("The first 10 of 25 findings:");
  expect(text.match(/ext4, cut 2/g)).toHaveLength(10);
});

test("says what was not tested, and which writes were not acknowledged", () => {
  const missing = new Map([["versioning", "it is answered with 501"]] as const);

  const { text } = createReport([{ ...clean, missing, failures: new Map([["503", 4]]) }], options);

  expect(text).toContain("Not tested: versioning, because it is answered with 501.");
  expect(text).toContain("Writes on ext4 that were not acknowledged: 4 × 503.");
});

test("ends with the command that does it again", () => {
  const start = "serve '{data}' {port}";

  const { text } = createReport([clean], { ...options, start, control: true });

  expect(text.split("\n").at(-1)).toBe(
    `Seed 5. Again: npm run powercut -- --start 'serve '\\''{data}'\\'' {port}' --filesystem ext4 --cuts 10 --seed 5 --control`,
  );
});
