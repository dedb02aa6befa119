import { appendFile, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documentedEnvironment } from "../support/documented-settings.ts";
import { findClient } from "../support/find-client.ts";
import { logTroubles } from "../support/log-troubles.ts";
import { runClient } from "../support/run-client.ts";
import { digestFolder, writeSampleFiles } from "../support/sample-files.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const resticClient = findClient({ command: "restic", probe: ["version"], install: "restic" });

describe.skipIf(resticClient.isMissing)("restic with its default settings", { timeout: 120_000 }, () => {
  let gateway: TestGateway;
  let home: string;
  const restic = async (...args: string[]): Promise<string> => {
    const env = documentedEnvironment("restic", gateway);
    return (await runClient(resticClient.command, args, { home, env, timeoutMs: 100_000 })).stdout;
  };
  const snapshots = async (): Promise<string[]> =>
    JSON.parse(await restic("snapshots", "--json")).map((snapshot: { id: string }) => snapshot.id);

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "stave-restic-"));
    gateway = await startGateway();
  }, 60_000);
  afterAll(async () => {
    await gateway?.stop();
    await rm(home, { recursive: true, force: true });
    expect(logTroubles(gateway?.log() ?? "")).toEqual([]);
  });

  // One story: each command works on what the one before has left in the repository.
  test("backs up, checks every byte, restores any snapshot, and still does after a prune", async () => {
    const tree = join(home, "tree");
    const small = Array.from({ length: 200 }, (_, n) => [`tree/folder ${n % 7}/${n}.bin`, n * 331] as const);
    await writeSampleFiles(home, { ...Object.fromEntries(small), "tree/Grüße 😀/large.bin": 40 * 1024 * 1024 });
    await restic("init");

    await restic("backup", "tree");
    const before = await digestFolder(tree);
    await appendFile(join(tree, "folder 1/1.bin"), "more");
    await rename(join(tree, "folder 2/2.bin"), join(tree, "renamed.bin"));
    await rm(join(tree, "folder 3"), { recursive: true });
    await writeSampleFiles(home, { "tree/added.bin": 5_000_000 });
    await restic("backup", "tree");
    const after = await digestFolder(tree);
    const [first = "", second = "", ...others] = await snapshots();

    expect(others).toEqual([]);
    expect(await restic("check", "--read-data")).toContain("no errors were found");

    const diff = await restic("diff", first, second);
    expect(diff).toMatch(/^M +\/tree\/folder 1\/1\.bin$/m);
    expect(diff).toMatch(/^\+ +\/tree\/added\.bin$/m);
    expect(diff).toMatch(/^- +\/tree\/folder 3\//m);

    await restic("restore", first, "--target", "first");
    expect(await digestFolder(join(home, "first", "tree"))).toEqual(before);

    const forgotten = await restic("forget", "--keep-last", "1", "--prune");
    expect(forgotten).toMatch(/removing \d+ old packs/);
    expect(await snapshots()).toEqual([second]);
    expect(await restic("check", "--read-data")).toContain("no errors were found");

    await restic("restore", "latest", "--target", "latest");
    expect(await digestFolder(join(home, "latest", "tree"))).toEqual(after);
  });
});
