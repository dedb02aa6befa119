import { mkdtemp, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documentedSettings } from "../support/documented-settings.ts";
import { findClient } from "../support/find-client.ts";
import { logTroubles } from "../support/log-troubles.ts";
import { type ClientOutput, runClient } from "../support/run-client.ts";
import { digestFile, digestFolder, sampleBytes, writeSampleFiles } from "../support/sample-files.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const versions = [
  { title: "rclone of Debian", client: findClient({ command: "rclone", probe: ["version"], install: "rclone" }) },
  {
    title: "rclone 1.76",
    client: findClient({
      command: process.env.STAVE_TEST_RCLONE_NEWEST ?? "rclone-1.76",
      probe: ["version"],
      install: "it with `go build ./rclone` in apps/gateway/test/clients/go, and name it in STAVE_TEST_RCLONE_NEWEST",
    }),
  },
];

const large = 60 * 1024 * 1024;
const oddNames = [
  "a b+c%20d.txt",
  "q?a=1&b#f;'\"<>|.txt",
  "new\nline\ttab.txt",
  "back\\slash.txt",
  "Grüße/東京 😀.txt",
  " leading and trailing /.hidden",
  "~!@$^*()[]{}.txt",
  "empty.txt",
];

for (const { title, client } of versions) {
  describe.skipIf(client.isMissing)(`${title} as provider Other, without quirk flags`, { timeout: 120_000 }, () => {
    let gateway: TestGateway;
    let home: string;
    const rclone = (args: readonly string[], input?: Buffer): Promise<ClientOutput> =>
      runClient(client.command, args, {
        home,
        env: { RCLONE_CONFIG: join(home, "rclone.conf") },
        timeoutMs: 100_000,
        ...(input !== undefined && { input }),
      });

    beforeAll(async () => {
      home = await mkdtemp(join(tmpdir(), "stave-rclone-"));
      gateway = await startGateway();
      await writeFile(join(home, "rclone.conf"), documentedSettings({ client: "rclone", language: "ini" }, gateway));
    }, 60_000);
    afterAll(async () => {
      await gateway?.stop();
      await rm(home, { recursive: true, force: true });
      expect(logTroubles(gateway?.log() ?? "")).toEqual([]);
    });

    test("copies odd names and a large file up and down without a difference", async () => {
      const sizes = Object.fromEntries(
        oddNames.map((name) => [`tree/${name}`, name === "empty.txt" ? 0 : name.length]),
      );
      await writeSampleFiles(home, { ...sizes, "tree/large/60m.bin": large });

      await rclone(["mkdir", "stave:tree"]);
      await rclone(["copy", "tree", "stave:tree/in/here"]);
      const check = await rclone(["check", "--download", "tree", "stave:tree/in/here"]);
      await rclone(["copy", "stave:tree/in/here", "returned"]);

      expect(check.stderr).toContain(": 0 differences found");
      expect(check.stderr).toContain(`: ${oddNames.length + 1} matching files`);
      expect(await digestFolder(join(home, "returned"))).toEqual(await digestFolder(join(home, "tree")));
    });

    test("uploads a stream of unknown length in parts", async () => {
      await rclone(["mkdir", "stave:stream"]);

      await rclone(["rcat", "stave:stream/60m.bin"], sampleBytes({ seed: "stream", sizeBytes: large }));
      await writeFile(join(home, "stream.bin"), sampleBytes({ seed: "stream", sizeBytes: large }));
      const md5 = await rclone(["lsf", "--format", "h", "--hash", "MD5", "stave:stream"]);
      await rclone(["copyto", "stave:stream/60m.bin", "returned-stream.bin"]);

      expect(md5.stdout, "the etag of parts is not an MD5").toBe("\n");
      expect(await digestFile(join(home, "returned-stream.bin"))).toBe(await digestFile(join(home, "stream.bin")));
    });

    test("syncs changes and removals, then finds nothing to do", async () => {
      await writeSampleFiles(home, { "live/kept.txt": 10, "live/changed.txt": 20, "live/sub/removed.txt": 30 });
      await rclone(["sync", "live", "stave:live"]);
      await writeSampleFiles(home, { "live/added.txt": 40 });
      await writeFile(join(home, "live/changed.txt"), "something else");
      await unlink(join(home, "live/sub/removed.txt"));

      await rclone(["sync", "live", "stave:live"]);
      const again = await rclone(["sync", "--verbose", "live", "stave:live"]);
      const check = await rclone(["check", "live", "stave:live"]);
      const listed = await rclone(["lsf", "--recursive", "--format", "sp", "stave:live"]);

      expect(again.stderr).toContain("There was nothing to transfer");
      expect(check.stderr).toContain(": 0 differences found");
      expect(listed.stdout.split("\n").toSorted()).toEqual(["", "10;kept.txt", "14;changed.txt", "40;added.txt"]);
    });

    test("copies and moves on the server", async () => {
      await writeSampleFiles(home, { "origin/a b+ü?.txt": 100, "origin/deep/c.bin": 200_000 });
      await rclone(["copy", "origin", "stave:origin"]);

      const copied = await rclone(["copy", "--verbose", "stave:origin", "stave:target/copy"]);
      const moved = await rclone(["move", "--verbose", "stave:target/copy", "stave:target/moved"]);
      const check = await rclone(["check", "origin", "stave:target/moved"]);
      const left = await rclone(["lsf", "--recursive", "--files-only", "stave:target"]);

      expect(copied.stderr.match(/Copied \(server-side copy\)/g)).toHaveLength(2);
      expect(moved.stderr.match(/Copied \(server-side copy\)/g)).toHaveLength(2);
      expect(check.stderr).toContain(": 0 differences found");
      expect(left.stdout.trim().split("\n").toSorted()).toEqual(["moved/a b+ü?.txt", "moved/deep/c.bin"]);
    });

    test("purges a bucket with all that is in it", async () => {
      await writeSampleFiles(home, { "rubbish/a.txt": 1, "rubbish/b/c d.txt": 2 });
      await rclone(["copy", "rubbish", "stave:rubbish"]);
      const before = await rclone(["lsf", "stave:"]);

      await rclone(["purge", "stave:rubbish"]);
      const after = await rclone(["lsf", "stave:"]);

      expect(before.stdout).toMatch(/^rubbish\/$/m);
      expect(after.stdout).not.toMatch(/^rubbish\/$/m);
    });
  });
}
