import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { documentedSettings } from "../support/documented-settings.ts";
import { findClient } from "../support/find-client.ts";
import { logTroubles } from "../support/log-troubles.ts";
import { createS3Client } from "../support/s3-client.ts";
import { digestFile, digestFolder, sampleBytes, writeSampleFiles } from "../support/sample-files.ts";
import { type RunningClient, startClient } from "../support/start-client.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const s3fsClient = findClient({ command: "s3fs", probe: ["--version"], install: "s3fs" });
const large = 30 * 1024 * 1024; // three of its parts

describe.skipIf(s3fsClient.isMissing || !(await canMount()))(
  "s3fs with its default settings",
  { timeout: 60_000 },
  () => {
    let gateway: TestGateway;
    let home: string;
    let mount: string;
    let running: RunningClient;

    beforeAll(async () => {
      home = await mkdtemp(join(tmpdir(), "stave-s3fs-"));
      mount = join(home, "mount");
      gateway = await startGateway();
      await createS3Client(gateway).call({ method: "PUT", path: "/files" });
      await writeFile(join(home, "FILE"), documentedSettings({ client: "s3fs", language: "ini" }, gateway), {
        mode: 0o600,
      });
      await mkdir(mount);
      running = await mountBucket();
    }, 60_000);
    afterAll(async () => {
      await running?.stop();
      await gateway?.stop();
      await rm(home, { recursive: true, force: true });
      expect(logTroubles(gateway?.log() ?? "")).toEqual([]);
    });

    test("keeps files of any size and name, and all of it after mounting again", async () => {
      const sizes = { "a b+c%20d.txt": 14, "Grüße/東京 😀.txt": 1000, "empty.txt": 0, "deep/er/large.bin": large };
      await writeSampleFiles(mount, sizes);
      await writeSampleFiles(join(home, "expected"), sizes);

      await running.stop();
      running = await mountBucket();

      expect(await digestFolder(mount)).toEqual(await digestFolder(join(home, "expected")));
      expect((await readdir(mount)).toSorted()).toEqual(["Grüße", "a b+c%20d.txt", "deep", "empty.txt"]);
    });

    test("stores a file under its name, byte for byte", async () => {
      const content = sampleBytes({ seed: "plain", sizeBytes: 100_000 });

      await writeFile(join(mount, "plain file.bin"), content);
      const { status, body } = await createS3Client(gateway).call({ path: "/files/plain%20file.bin" });

      expect(status).toBe(200);
      expect(body.equals(content)).toBe(true);
    });

    test("appends, overwrites in the middle and truncates", async () => {
      const file = join(mount, "changing.bin");
      const content = sampleBytes({ seed: "changing", sizeBytes: large });
      await writeFile(file, content);

      await appendFile(file, "the end");
      const handle = await open(file, "r+");
      await handle.write("the middle", 11 * 1024 * 1024);
      await handle.close();
      const changed = await readFile(file);
      await truncate(file, 1_000_000);
      const truncated = await readFile(file);

      const expected = Buffer.concat([content, Buffer.from("the end")]);
      expected.write("the middle", 11 * 1024 * 1024);
      expect(changed.equals(expected)).toBe(true);
      expect(truncated.equals(expected.subarray(0, 1_000_000))).toBe(true);
    });

    test("renames a large file and a folder with what is in it", async () => {
      await writeSampleFiles(mount, { "before/large.bin": large, "before/sub/a b.txt": 100 });
      await writeSampleFiles(join(home, "renamed"), { "before/large.bin": large, "before/sub/a b.txt": 100 });

      await rename(join(mount, "before/large.bin"), join(mount, "before/moved.bin"));
      await rename(join(mount, "before"), join(mount, "after"));

      expect(await digestFolder(join(mount, "after"))).toEqual({
        "moved.bin": await digestFile(join(home, "renamed/before/large.bin")),
        "sub/a b.txt": await digestFile(join(home, "renamed/before/sub/a b.txt")),
      });
      await expect(stat(join(mount, "before"))).rejects.toMatchObject({ code: "ENOENT" });
    });

    test("keeps permissions and symbolic links, and removes what is removed", async () => {
      await writeSampleFiles(mount, { "gone/a.txt": 1, "gone/sub/b.txt": 2 });
      await chmod(join(mount, "gone/a.txt"), 0o640);
      await symlink("a.txt", join(mount, "gone/link"));

      const { mode } = await stat(join(mount, "gone/a.txt"));
      const target = await readlink(join(mount, "gone/link"));
      await rm(join(mount, "gone"), { recursive: true });
      const listed = await createS3Client(gateway).call({
        path: "/files",
        query: { "list-type": "2", prefix: "gone" },
      });

      expect(mode & 0o777).toBe(0o640);
      expect(target).toBe("a.txt");
      expect([listed.status, listed.all("Key")]).toEqual([200, []]);
    });

    /** In the foreground: it unmounts when it is stopped. */
    async function mountBucket(): Promise<RunningClient> {
      const [command = "", ...args] = documentedSettings({ client: "s3fs", language: "sh" }, gateway)
        .trim()
        .replace("BUCKET", "files")
        .replace("FOLDER", "mount")
        .split(" ");
      const client = startClient(command, [...args, "-f"], { home });
      const outside = (await stat(home)).dev;
      await vi.waitFor(async () => expect((await stat(mount)).dev, client.output()).not.toBe(outside), 10_000);
      return client;
    }
  },
);

/** A container may have no FUSE. That is no client that somebody forgot to install, so it does not fail in CI either. */
async function canMount(): Promise<boolean> {
  try {
    const device = await open("/dev/fuse", "r+");
    await device.close();
    return true;
  } catch (error) {
    console.warn(`SKIPPED: The tests of s3fs cannot run: ${error}. They need a machine with FUSE.`);
    return false;
  }
}
