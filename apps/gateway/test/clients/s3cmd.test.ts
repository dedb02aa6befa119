import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documentedSettings } from "../support/documented-settings.ts";
import { findClient } from "../support/find-client.ts";
import { logTroubles } from "../support/log-troubles.ts";
import { runClient } from "../support/run-client.ts";
import { createS3Client } from "../support/s3-client.ts";
import { digestFile, digestFolder, writeSampleFiles } from "../support/sample-files.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const s3cmdClient = findClient({ command: "s3cmd", probe: ["--version"], install: "s3cmd" });

const large = 40 * 1024 * 1024; // three of its parts

describe.skipIf(s3cmdClient.isMissing)("s3cmd with its default settings", { timeout: 120_000 }, () => {
  let gateway: TestGateway;
  let home: string;
  const s3cmd = async (...args: string[]): Promise<string> =>
    (await runClient(s3cmdClient.command, ["--no-progress", ...args], { home, timeoutMs: 100_000 })).stdout;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "stave-s3cmd-"));
    gateway = await startGateway();
    await writeFile(join(home, ".s3cfg"), documentedSettings({ client: "s3cmd", language: "ini" }, gateway));
  }, 60_000);
  afterAll(async () => {
    await gateway?.stop();
    await rm(home, { recursive: true, force: true });
    expect(logTroubles(gateway?.log() ?? "")).toEqual([]);
  });

  test("syncs a tree up, finds nothing to do, and syncs it down", async () => {
    const names = ["a b+c%20d.txt", "Grüße/東京 😀.txt", "q?a=1&b#f;'\"<>.txt", "deep/er/file.txt"];
    await writeSampleFiles(home, {
      ...Object.fromEntries(names.map((name, n) => [`tree/${name}`, n * 1000])),
      "tree/large.bin": large,
    });
    await s3cmd("mb", "s3://tree");

    const first = await s3cmd("sync", "tree/", "s3://tree/in/here/");
    const second = await s3cmd("sync", "tree/", "s3://tree/in/here/");
    await s3cmd("sync", "s3://tree/in/here/", "returned/");

    expect(first.match(/^upload: .* -> /gm)).toHaveLength(names.length + 1);
    expect(second).not.toContain("upload:");
    expect(await digestFolder(join(home, "returned"))).toEqual(await digestFolder(join(home, "tree")));
    expect(await s3cmd("ls", "--recursive", "s3://tree")).toContain("s3://tree/in/here/Grüße/東京 😀.txt\n");
    expect(await s3cmd("du", "s3://tree")).toMatch(new RegExp(`^ *${large + 6000} +5 objects s3://tree/`));
  });

  test("copies and moves on the server, and changes headers in place", async () => {
    await writeSampleFiles(home, { "large.bin": large });
    await s3cmd("mb", "s3://moving");
    await s3cmd("put", "large.bin", "s3://moving/a b+ü.bin");

    await s3cmd("cp", "s3://moving/a b+ü.bin", "s3://moving/copy.bin");
    await s3cmd("mv", "s3://moving/copy.bin", "s3://moving/moved.bin");
    await s3cmd("modify", "--add-header=Content-Type: text/x-changed", "s3://moving/moved.bin");
    await s3cmd("get", "s3://moving/moved.bin", "returned.bin");
    const { headers } = await createS3Client(gateway).call({ method: "HEAD", path: "/moving/a%20b%2B%C3%BC.bin" });

    expect(headers.etag).toMatch(/^"[0-9a-f]{32}-3"$/);
    expect(await s3cmd("info", "s3://moving/moved.bin")).toContain("MIME type: text/x-changed\n");
    expect((await s3cmd("ls", "s3://moving")).match(/s3:\S+/g)).toEqual(["s3://moving/a", "s3://moving/moved.bin"]);
    expect(await digestFile(join(home, "returned.bin"))).toBe(await digestFile(join(home, "large.bin")));
  });

  test("describes a bucket and an object that were only created", async () => {
    await writeSampleFiles(home, { "small.txt": 10 });
    await s3cmd("mb", "s3://described");
    await s3cmd("put", "--add-header=Cache-Control: max-age=60", "small.txt", "s3://described/small.txt");

    const bucket = await s3cmd("info", "s3://described");
    const object = await s3cmd("info", "s3://described/small.txt");

    for (const line of ["Location:  us-east-1", "Payer:     BucketOwner", "Policy:    none", "CORS:      none"]) {
      expect(bucket).toContain(line);
    }
    expect(bucket).toContain("ACL:       ann: FULL_CONTROL");
    expect(object).toContain("File size: 10\n");
    expect(object).toContain("ACL:       ann: FULL_CONTROL");
  });

  test("removes objects, folders, and a bucket with all that is in it", async () => {
    await writeSampleFiles(home, { "doomed/a.txt": 1, "doomed/b/c d.txt": 2, "doomed/b/é.txt": 3 });
    await s3cmd("mb", "s3://doomed");
    await s3cmd("sync", "doomed/", "s3://doomed/");

    await s3cmd("del", "s3://doomed/a.txt");
    const left = await s3cmd("ls", "--recursive", "s3://doomed");
    await s3cmd("del", "--recursive", "--force", "s3://doomed/b/");
    const none = await s3cmd("ls", "--recursive", "s3://doomed");
    await s3cmd("sync", "doomed/", "s3://doomed/");
    await s3cmd("rb", "--recursive", "s3://doomed");

    expect(left.match(/s3:.*$/gm)).toEqual(["s3://doomed/b/c d.txt", "s3://doomed/b/é.txt"]);
    expect(none).toBe("");
    await expect(s3cmd("ls", "s3://doomed")).rejects.toMatchObject({
      stderr: expect.stringContaining("404 (NoSuchBucket)"),
    });
  });

  test("its addresses of signature version 2 are refused", async () => {
    const url = (await s3cmd("signurl", "s3://any/file.bin", "+60")).trim();

    const answer = await fetch(url);

    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("<Code>InvalidRequest</Code>");
  });
});
