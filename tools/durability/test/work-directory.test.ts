import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { markProcess } from "../src/powercut/process-group.ts";
import { createWorkDirectory, removeLeftovers } from "../src/powercut/work-directory.ts";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "stave-work-directory-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** A folder as a run leaves it. */
async function leaveRun(name: string, owner: unknown): Promise<void> {
  await mkdir(join(root, name));
  await writeFile(join(root, name, "owner.json"), typeof owner === "string" ? owner : JSON.stringify(owner));
}

describe.skipIf(process.platform !== "linux")("the folder of a run", () => {
  test("is made and removed", async () => {
    const directory = await createWorkDirectory(root);
    expect(await readdir(root)).toHaveLength(1);

    await directory.remove();

    expect(await readdir(root)).toEqual([]);
  });

  test("is left alone by other runs as long as its run lives", async () => {
    await createWorkDirectory(root);

    expect(await removeLeftovers(root)).toBe(0);
    expect(await readdir(root)).toHaveLength(1);
  });

  test("is removed when its run is gone, even if another process has its number", async () => {
    await leaveRun("run-gone", { harness: { pid: 2 ** 30, startedAt: "then" }, servers: [] });
    await leaveRun("run-number-taken", { harness: { pid: process.pid, startedAt: "then" }, servers: [] });

    expect(await removeLeftovers(root)).toBe(2);
    expect(await readdir(root)).toEqual([]);
  });

  test("is not what anybody else has put there", async () => {
    await mkdir(join(root, "run-without-owner"));
    await leaveRun("run-unreadable", "{");
    await leaveRun("other", { harness: { pid: 2 ** 30, startedAt: "then" }, servers: [] });

    expect(await removeLeftovers(root)).toBe(0);
    expect(await readdir(root)).toHaveLength(3);
  });

  test("takes the servers of its run along, and no process that has their number now", async () => {
    const server = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
    const bystander = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
    const harness = { pid: 2 ** 30, startedAt: "then" };
    const servers = [await markProcess(server.pid ?? 0), { pid: bystander.pid, startedAt: "then" }];
    await leaveRun("run-1", { harness, servers });
    const ended = once(server, "exit");

    await removeLeftovers(root);

    expect((await ended)[1]).toBe("SIGKILL");
    expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
    bystander.kill();
  });

  test("cannot have characters in its path that a shell reads", async () => {
    await expect(createWorkDirectory(join(root, "a b"))).rejects.toMatchObject({ code: "usage" });
  });
});
