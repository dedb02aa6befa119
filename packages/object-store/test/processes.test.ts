import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { openWhileNobodyCommits } from "../src/embedded/commit-gate.ts";
import { lockDataDirectory } from "../src/embedded/data-directory.ts";
import { openEmbeddedStore } from "../src/embedded/open-embedded-store.ts";
import { openIndex } from "../src/embedded/open-index.ts";
import { readBytes } from "../src/testing/case-tools.ts";
import type { PeerRequest } from "./children/peer.ts";
import { floodBody } from "./flood-body.ts";
import { createTemporaryDirectory, filesBelow, openTemporaryStore } from "./temporary-store.ts";

function start(name: string, directory: string): ChildProcess {
  return fork(fileURLToPath(new URL(`./children/${name}.ts`, import.meta.url)), [directory], {
    execArgv: ["--conditions=@stave/source"],
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

async function ask(child: ChildProcess, request: PeerRequest): Promise<unknown> {
  const answered = once(child, "message");
  child.send(request);
  const [answer] = await answered;
  if (answer.error !== undefined) throw new Error(answer.error);
  return answer.value;
}

async function startPeer(directory: string): Promise<ChildProcess> {
  const child = start("peer", directory);
  await once(child, "message");
  return child;
}

describe("several processes on one directory", () => {
  test("see each other's acknowledged writes at once, and share one truth", { timeout: 20_000 }, async () => {
    await using temporary = await openTemporaryStore();
    const { directory, store } = temporary;
    const peers = [await startPeer(directory), await startPeer(directory)] as const;
    try {
      const [one, two] = peers;
      for (let round = 0; round < 20; round += 1) {
        await ask(one, { do: "put", key: "shared", text: `one ${round}` });
        expect(await ask(two, { do: "read", key: "shared" })).toBe(`one ${round}`);
        await ask(two, { do: "put", key: "shared", text: "two ".repeat(20_000) + round });
        expect(await ask(one, { do: "read", key: "shared" })).toBe("two ".repeat(20_000) + round);
      }

      const winners = await Promise.all(peers.map((peer) => ask(peer, { do: "race", key: "race", attempts: 32 })));
      expect(winners.reduce((sum: number, won) => sum + Number(won), 0)).toBe(1);

      await Promise.all([
        ask(one, { do: "flood", prefix: "one/", objects: 150 }),
        ask(two, { do: "flood", prefix: "two/", objects: 150 }),
      ]);
      const { objects } = await store.listObjects("photos", { maxKeys: 1000 });
      expect(await store.bucketUsage("photos")).toEqual({
        objects: objects.length,
        versions: objects.length,
        sizeBytes: objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      });
      expect(objects).toHaveLength(302);

      for (const peer of peers) {
        const exited = once(peer, "exit");
        await ask(peer, { do: "close" });
        expect(await exited).toEqual([0, null]);
      }
    } finally {
      for (const peer of peers) await kill(peer);
    }
  });

  // Without the gate one opening in a few hundred takes back a commit of the other process, or ends it.
  test("lose nothing while another process opens the directory, again and again", { timeout: 60_000 }, async () => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    const child = start("count", directory);
    try {
      await once(child, "message");

      for (let opening = 0; opening < 300; opening += 1) {
        const index = await openWhileNobodyCommits(directory, { timeoutMs: 10_000, open: () => openIndex(directory) });
        await index?.root.close();
      }

      const counted = once(child, "message");
      child.send("stop");
      const [{ acknowledged, lost }] = await counted;
      expect(acknowledged).toBeGreaterThan(100);
      expect(lost).toEqual([]);
    } finally {
      await kill(child);
    }
  });

  test("a read sees what was acknowledged elsewhere since the last read in the same turn", {
    timeout: 20_000,
  }, async () => {
    await using temporary = await openTemporaryStore();
    const { directory, store } = temporary;
    const child = fileURLToPath(new URL("./children/put-once.ts", import.meta.url));

    // The child opens the index while this process does nothing but wait for it.
    await openWhileNobodyCommits(directory, { timeoutMs: 10_000, open: () => {} });
    const before = store.headObject({ bucket: "photos", key: "a" });
    execFileSync(process.execPath, ["--conditions=@stave/source", child, directory, "a"]);
    const after = store.headObject({ bucket: "photos", key: "a" });

    expect(await before).toBeUndefined();
    expect(await after).toMatchObject({ key: "a" });
  });

  test("a killed process loses nothing it acknowledged and leaves nothing half", { timeout: 20_000 }, async () => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    const child = start("flood", directory);
    const acknowledged: string[] = [];
    if (child.stdout === null) throw new Error("the child has no output");
    for await (const key of createInterface({ input: child.stdout })) {
      acknowledged.push(key);
      if (acknowledged.length === 800) child.kill("SIGKILL");
    }
    await kill(child);

    const lock = await lockDataDirectory(directory);
    const store = await openEmbeddedStore({ directory });
    const visible = new Map<string, number>();
    for (let after: string | undefined = ""; after !== undefined; ) {
      const page = await store.listObjects("photos", { after, maxKeys: 1000 });
      for (const { key, sizeBytes } of page.objects) visible.set(key, sizeBytes);
      after = page.nextAfter;
    }
    expect(acknowledged.filter((key) => !visible.has(key))).toEqual([]);
    for (const key of visible.keys()) {
      expect((await readBytes(store, "photos", key)).equals(Buffer.concat(floodBody(key))), key).toBe(true);
    }
    const sizes = [...visible.values()];
    expect(await store.bucketUsage("photos")).toEqual({
      objects: sizes.length,
      versions: sizes.length,
      sizeBytes: sizes.reduce((sum, sizeBytes) => sum + sizeBytes, 0),
    });

    const wanted = sizes.filter((sizeBytes) => sizeBytes > 131_072).length;
    const orphans = (await filesBelow(directory, "blobs")).length - wanted;
    expect(await store.sweepOrphans({ dryRun: true })).toMatchObject({ orphanFiles: orphans });
    expect(await store.sweepOrphans()).toMatchObject({ orphanFiles: orphans });
    expect(await filesBelow(directory, "blobs")).toHaveLength(wanted);
    expect(await store.sweepOrphans()).toMatchObject({ orphanFiles: 0, orphanBytes: 0, stalePins: 0 });
    await store.close();
    await lock.release();
  });

  test("only one holds the lock, and its death frees it", { timeout: 20_000 }, async () => {
    await using temporary = await createTemporaryDirectory();
    const child = start("hold-lock", temporary.directory);
    try {
      await once(child, "message");

      await expect(lockDataDirectory(temporary.directory)).rejects.toMatchObject({ code: "DataDirectoryInUse" });
      await kill(child);
      const lock = await lockDataDirectory(temporary.directory);
      await lock.release();
    } finally {
      await kill(child);
    }
  });
});
