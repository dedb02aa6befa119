import { afterEach, describe, expect, test, vi } from "vitest";
import { findClient } from "./find-client.ts";

describe("findClient", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  test("finds a program that exits 0", () => {
    vi.stubEnv("CI", "true");

    expect(findClient({ command: process.execPath, probe: ["--version"], install: "Node.js" })).toEqual({
      command: process.execPath,
      isMissing: false,
    });
  });

  test.each([
    { title: "is not there", command: "no-such-client", probe: [] },
    { title: "lacks what the tests need", command: process.execPath, probe: ["--eval", "process.exit(3)"] },
  ])("fails in CI if the program $title", ({ command, probe }) => {
    vi.stubEnv("CI", "true");

    expect(() => findClient({ command, probe, install: "the missing piece" })).toThrow("Install the missing piece.");
  });

  test("says what to install and lets the tests skip elsewhere", () => {
    vi.stubEnv("CI", undefined);
    const warn = vi.spyOn(console, "warn").mockReturnValue();

    const client = findClient({ command: "no-such-client", probe: [], install: "the missing piece" });

    expect(client.isMissing).toBe(true);
    expect(warn.mock.calls.join()).toMatch(/SKIPPED: .*no-such-client.* Install the missing piece\./);
  });
});
