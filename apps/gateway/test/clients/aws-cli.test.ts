import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documentedEnvironment, documentedSettings } from "../support/documented-settings.ts";
import { findClient } from "../support/find-client.ts";
import { logTroubles } from "../support/log-troubles.ts";
import { type ClientOutput, runClient } from "../support/run-client.ts";
import { digestFile, digestFolder, sampleBytes, writeSampleFiles } from "../support/sample-files.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const awsCli = findClient({
  command: process.env.STAVE_TEST_AWS ?? "aws",
  probe: ["--version"],
  install: "the AWS CLI (`pip install awscli`), or name one in STAVE_TEST_AWS",
});
const curl = findClient({ command: "curl", probe: ["--version"], install: "curl" });

describe.skipIf(awsCli.isMissing)("the AWS CLI with its default settings", { timeout: 120_000 }, () => {
  let gateway: TestGateway;
  let home: string;
  const aws = (...args: string[]): Promise<ClientOutput> =>
    runClient(awsCli.command, args, { home, env: documentedEnvironment("aws CLI", gateway), timeoutMs: 100_000 });

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "stave-aws-cli-"));
    gateway = await startGateway();
  }, 60_000);
  afterAll(async () => {
    await gateway?.stop();
    await rm(home, { recursive: true, force: true });
    expect(logTroubles(gateway?.log() ?? "")).toEqual([]);
  });

  test("copies 100 MB up in parts and down again, byte for byte", async () => {
    await writeSampleFiles(home, { "100m.bin": 100 * 1024 * 1024 });
    await aws("s3", "mb", "s3://large");

    await aws("s3", "cp", "--no-progress", "100m.bin", "s3://large/100m.bin");
    const head = await aws("s3api", "head-object", "--bucket", "large", "--key", "100m.bin");
    await aws("s3", "cp", "--no-progress", "s3://large/100m.bin", "returned.bin");

    expect(JSON.parse(head.stdout)).toMatchObject({
      ContentLength: 100 * 1024 * 1024,
      ETag: expect.stringMatching(/^"[0-9a-f]{32}-13"$/),
    });
    expect(await digestFile(join(home, "returned.bin"))).toBe(await digestFile(join(home, "100m.bin")));
  });

  test("syncs 1,000 files up, then finds nothing to do, and syncs them down again", async () => {
    const sizes = Array.from({ length: 1000 }, (_, n) => [`tree/folder-${n % 25}/file ${n}.bin`, n * 7] as const);
    await writeSampleFiles(home, Object.fromEntries(sizes));
    await aws("s3", "mb", "s3://many");

    const first = await aws("s3", "sync", "--no-progress", "tree", "s3://many/tree");
    const second = await aws("s3", "sync", "--no-progress", "tree", "s3://many/tree");
    await aws("s3", "sync", "--no-progress", "s3://many/tree", "returned-tree");

    expect(first.stdout.match(/^upload: /gm)).toHaveLength(1000);
    expect(second.stdout).toBe("");
    expect(await digestFolder(join(home, "returned-tree"))).toEqual(await digestFolder(join(home, "tree")));
  });

  test("keeps keys with spaces, signs and any script", async () => {
    const names = ["a b+c%20d.txt", "Grüße & 東京 😀.txt", "q?a=1#f;'\"<>.txt"];
    await writeSampleFiles(home, Object.fromEntries(names.map((name) => [`odd/${name}`, 100])));
    await aws("s3", "mb", "s3://odd-names");

    for (const name of names) await aws("s3", "cp", `odd/${name}`, `s3://odd-names/odd keys/${name}`);
    const listed = await aws("s3", "ls", "s3://odd-names/odd keys/");
    await aws("s3", "cp", "--recursive", "s3://odd-names/odd keys", "returned-odd");

    for (const name of names) expect(listed.stdout).toContain(` 100 ${name}\n`);
    expect(await digestFolder(join(home, "returned-odd"))).toEqual(await digestFolder(join(home, "odd")));
  });

  test("lists buckets, folders and whole trees", async () => {
    await writeSampleFiles(home, { "shelf/one.txt": 1, "shelf/box/two.txt": 22, "shelf/box/deep/three.txt": 333 });
    await aws("s3", "mb", "s3://shelf");
    await aws("s3", "cp", "--recursive", "shelf", "s3://shelf/");

    const buckets = await aws("s3", "ls");
    const top = await aws("s3", "ls", "s3://shelf");
    const tree = await aws("s3", "ls", "--recursive", "--summarize", "s3://shelf/box/");

    expect(buckets.stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d shelf$/m);
    expect(top.stdout).toMatch(/^ +PRE box\/\n\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +1 one\.txt\n$/);
    expect(tree.stdout).toMatch(
      / 333 box\/deep\/three\.txt\n.* 22 box\/two\.txt\n\s+Total Objects: 2\n\s+Total Size: 355\n/,
    );
  });

  test("removes an object, and a bucket that is not empty only by force", async () => {
    await writeSampleFiles(home, { "doomed/a b.txt": 3, "doomed/c/d.txt": 4, "doomed/é.txt": 5 });
    await aws("s3", "mb", "s3://doomed");
    await aws("s3", "cp", "--recursive", "doomed", "s3://doomed/");

    await aws("s3", "rm", "s3://doomed/a b.txt");
    const left = await aws("s3", "ls", "--recursive", "s3://doomed");
    const refused = aws("s3", "rb", "s3://doomed");
    await expect(refused).rejects.toMatchObject({ stderr: expect.stringContaining("(BucketNotEmpty)") });
    await aws("s3", "rb", "--force", "s3://doomed");

    expect(left.stdout).toMatch(/ 4 c\/d\.txt\n.* 5 é\.txt\n$/);
    await expect(aws("s3", "ls", "s3://doomed")).rejects.toMatchObject({
      stderr: expect.stringContaining("(NoSuchBucket)"),
    });
  });

  test.skipIf(curl.isMissing)(
    "presigns an address that curl can read, unless a character of it was changed",
    async () => {
      // Without this version 1 of the CLI presigns for us-east-1 with Signature Version 2, which AWS has retired.
      const config = join(home, "presign.config");
      await writeFile(config, documentedSettings({ client: "aws CLI", language: "ini" }, gateway));
      const env = { ...documentedEnvironment("aws CLI", gateway), AWS_CONFIG_FILE: config };
      const presign = (uri: string) => runClient(awsCli.command, ["s3", "presign", uri], { home, env });
      await writeFile(join(home, "shared file.bin"), sampleBytes({ seed: "shared", sizeBytes: 100_000 }));
      await aws("s3", "mb", "s3://shared");
      await aws("s3", "cp", "shared file.bin", "s3://shared/a b+ü.bin");

      const url = (await presign("s3://shared/a b+ü.bin")).stdout.trim();
      await runClient(curl.command, ["-sS", "--fail", "--output", "fetched.bin", url], { home });
      const changed = await runClient(curl.command, ["-sS", "--write-out", "%{http_code}", `${url}0`], { home });

      expect(await readFile(join(home, "fetched.bin"))).toEqual(await readFile(join(home, "shared file.bin")));
      expect(changed.stdout).toMatch(/<Code>SignatureDoesNotMatch<\/Code>.*403$/s);
    },
  );
});
