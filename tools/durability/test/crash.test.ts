import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findMounts } from "../src/powercut/find-mounts.ts";
import { findHarness } from "./find-harness.ts";

// The real command on the real store. Rounds at all moments are one run: what a crash leaves is what the next round begins with.

const { isMissing } = findHarness(["ext4"]);
const mainFile = join(import.meta.dirname, "../src/crash/main.ts");
const moments = 14;

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "stave-crash-test-"));
});
afterAll(async () => {
  expect(await findMounts(directory)).toEqual([]);
  await rm(directory, { recursive: true, force: true });
});

describe("a store whose process is killed", { concurrent: true }, () => {
  test("loses nothing at any moment", async () => {
    const { code, json, output } = await crash(["--point", "all", "--rounds", String(moments)]);

    expect(json?.findings, output).toEqual([]);
    expect(json?.moments.map(({ rounds }) => rounds)).toEqual(Array(moments).fill(1));
    expect(code, output).toBe(0);
  }, 180_000);

  test("loses nothing with two processes, of which one goes on", async () => {
    const { code, json, output } = await crash(["--workers", "2", "--rounds", "6"]);

    expect(json?.findings, output).toEqual([]);
    expect(code, output).toBe(0);
  }, 180_000);

  test("is found out when a byte of it has changed", async () => {
    const { code, output } = await crash(["--sabotage", "corrupt", "--point", "log:flushed", "--rounds", "2"]);

    expect(output).toContain("the harness sees it");
    expect(code).toBe(1);
  }, 180_000);
});

describe.skipIf(isMissing)("a store whose power is cut", { concurrent: true }, () => {
  test("loses nothing at any moment", async () => {
    const { code, json, output } = await crash(["--power-cut", "ext4", "--point", "all", "--rounds", String(moments)]);

    expect(json?.findings, output).toEqual([]);
    expect(json?.moments.map(({ rounds }) => rounds)).toEqual(Array(moments).fill(1));
    expect(code, output).toBe(0);
  }, 180_000);

  test("is found out when it does not flush", async () => {
    // A relaxed store flushes every second: on a machine that is busy enough all of a run may come right after that.
    const args = ["--sabotage", "relaxed", "--power-cut", "ext4", "--point", "any moment", "--rounds", "8"];
    let run = await crash(args);
    for (let more = 0; more < 5 && run.json?.findings.length === 0; more += 1) run = await crash(args);
    const { code, json, output } = run;

    expect(json?.findings.map(({ kind }) => kind)).toContain("lost");
    expect(output).toContain("the harness sees it");
    expect(code).toBe(1);
  }, 180_000);
});

describe("wrong use", () => {
  test.each([
    { args: ["--point", "nowhere"], says: "log:flushed" },
    { args: ["--workers", "3"], says: "from 1 to 2" },
    { args: ["--sabotage", "relaxed"], says: "--power-cut" },
    { args: ["--power-cut", "fat"], says: "ext4, xfs, btrfs" },
  ])("$args ends with 2 and says why", async ({ args, says }) => {
    const { code, output } = await crash(args);

    expect(output).toContain(says);
    expect(code).toBe(2);
  });

  test("--help names every option", async () => {
    const { code, output } = await crash(["--help"]);

    for (const name of ["--rounds", "--seed", "--workers", "--point", "--power-cut", "--dir", "--json", "--sabotage"]) {
      expect(output).toContain(name);
    }
    expect(code).toBe(0);
  });
});

describe.skipIf(isMissing)("leaves nothing behind", () => {
  test("when it is interrupted", async () => {
    const { child, exited } = start(["--power-cut", "ext4", "--rounds", "1000", "--dir", directory]);
    await expect.poll(() => findMounts(directory), { timeout: 60_000 }).toHaveLength(2);

    child.kill("SIGTERM");

    expect(await exited).toBe(143);
    expect(await findMounts(directory)).toEqual([]);
    expect((await readdir(directory)).filter((name) => name.startsWith("run-"))).toEqual([]);
  }, 180_000);
});

type Result = {
  readonly moments: readonly { readonly rounds: number; readonly findings: readonly { readonly kind: string }[] }[];
};

/** Runs the command to its end. It leaves nothing behind but directories with findings. */
async function crash(args: readonly string[]) {
  const parent = await mkdtemp(join(directory, "stores-"));
  const file = join(directory, `${parent.split("/").at(-1)}.json`);
  const { child, exited } = start(["--dir", parent, "--json", file, "--seed", "1", ...args]);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (output += chunk));
  const code = await exited;
  const text = await readFile(file, "utf8").catch(() => undefined);
  const json = text === undefined ? undefined : (JSON.parse(text) as Result);
  expect(
    (await readdir(parent)).filter((name) => name.startsWith("run-")),
    output,
  ).toEqual([]);
  const findings = json?.moments.flatMap((moment) => moment.findings) ?? [];
  return { code, output, json: json && { ...json, findings } };
}

function start(args: readonly string[]): { readonly child: ChildProcess; readonly exited: Promise<number | null> } {
  const child = spawn(process.execPath, ["--conditions=@stave/source", mainFile, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  // A test that times out never stops its run.
  const stop = () => child.kill("SIGTERM");
  process.once("exit", stop);
  const exited = once(child, "close").then(([code]) => {
    process.off("exit", stop);
    return code as number | null;
  });
  return { child, exited };
}
