import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findMounts } from "../src/powercut/find-mounts.ts";
import { findHarness } from "./find-harness.ts";

// The real command on the real gateway, with real file systems on loop devices.

const { isMissing } = findHarness(["ext4", "xfs", "btrfs"]);
const mainFile = join(import.meta.dirname, "../src/powercut/main.ts");

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "stave-powercut-test-"));
});
afterAll(async () => {
  expect(await findMounts(directory)).toEqual([]);
  await rm(directory, { recursive: true, force: true });
});

describe.skipIf(isMissing)("the gateway", () => {
  test.each(["ext4", "xfs", "btrfs"])(
    "loses nothing on %s",
    async (filesystem) => {
      const { code, json, output } = await powercut(["--filesystem", filesystem, "--cuts", "3"]);

      expect(json?.filesystems[0]?.findings, output).toEqual([]);
      expect(json?.filesystems[0]?.missing).toEqual({});
      expect(json?.filesystems[0]?.failures).toEqual({});
      expect(json?.filesystems[0]?.judged).toBeGreaterThanOrEqual(60);
      expect(code).toBe(0);
    },
    60_000,
  );

  test("fits the harness: what was flushed is there", async () => {
    const { code, output } = await powercut(["--control", "--cuts", "2"]);

    expect(output).toContain("CONTROL PASSED");
    expect(code).toBe(0);
  }, 60_000);

  test("loses writes when its flushes do nothing, and the harness sees it", async () => {
    const { code, json, output } = await powercut(["--without-flush", "--cuts", "2"]);

    expect(output).toContain("NEGATIVE CONTROL: without flushes writes are lost");
    expect(json?.filesystems[0]?.counts.lost).toBeGreaterThan(20);
    expect(code).toBe(1);
  }, 60_000);
});

describe.skipIf(isMissing)("leaves nothing behind", () => {
  test("when it is interrupted", async () => {
    const { child, exited } = start(["--cuts", "1000"]);
    await untilMounted();

    child.kill("SIGTERM");

    expect(await exited).toBe(143);
    expect(await findMounts(directory)).toEqual([]);
    expect(await readdir(directory)).toEqual([]);
  }, 60_000);

  test("of a run that was killed, once the next has started", async () => {
    const victim = start(["--cuts", "1000"]);
    await untilMounted();
    victim.child.kill("SIGKILL");
    await victim.exited;
    expect(await findMounts(directory)).not.toEqual([]);

    const { code, output } = await powercut(["--start", "exit 7; {data} {port}"]);

    expect(output).toContain("it ended with 7");
    expect(code).toBe(2);
    expect(await findMounts(directory)).toEqual([]);
    expect(await readdir(directory)).toEqual([]);
  }, 60_000);
});

describe("wrong use", () => {
  test.each([
    { args: ["--start", "server --port {port}"], says: "{data} and {port}" },
    { args: ["--filesystem", "fat"], says: "ext4, xfs, btrfs, all" },
    { args: ["--cuts", "0"], says: "from 1 to" },
    { args: ["--control", "--without-flush"], says: "both" },
    { args: ["--nonsense"], says: "--help" },
  ])("$args ends with 2 and says why", async ({ args, says }) => {
    const { code, output } = await powercut(args);

    expect(output).toContain(says);
    expect(code).toBe(2);
  });

  test("--help names every option", async () => {
    const { code, output } = await powercut(["--help"]);

    for (const name of ["--start", "--bucket-setup", "--filesystem", "--control", "--without-flush", "--json"]) {
      expect(output).toContain(name);
    }
    expect(code).toBe(0);
  });
});

type Result = {
  readonly filesystems: readonly {
    readonly judged: number;
    readonly findings: readonly object[];
    readonly failures: object;
    readonly missing: object;
    readonly counts: Readonly<Record<string, number>>;
  }[];
};

/** Runs the command to its end. */
async function powercut(args: readonly string[]) {
  const file = join(directory, "..", `${directory.split("/").at(-1)}.json`);
  const { child, exited } = start(["--seed", "1", "--json", file, ...args]);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (output += chunk));
  const code = await exited;
  const json = await readFile(file, "utf8").catch(() => undefined);
  await rm(file, { force: true });
  return { code, output, json: json === undefined ? undefined : (JSON.parse(json) as Result) };
}

function start(args: readonly string[]): { readonly child: ChildProcess; readonly exited: Promise<number | null> } {
  const flags = ["--conditions=@stave/source", mainFile, "--work-dir", directory, "--image-mib", "1024"];
  const child = spawn(process.execPath, [...flags, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  // A test that times out never stops its run.
  const stop = () => child.kill("SIGTERM");
  process.once("exit", stop);
  const exited = once(child, "close").then(([code]) => {
    process.off("exit", stop);
    return code as number | null;
  });
  return { child, exited };
}

/** Until the disk and its server are there. */
async function untilMounted(): Promise<void> {
  await expect.poll(() => findMounts(directory), { timeout: 20_000 }).toHaveLength(3);
}
