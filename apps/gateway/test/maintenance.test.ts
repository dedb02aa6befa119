import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { ann, startGateway, type TestGateway } from "./support/start-gateway.ts";

function client({ endpoint }: TestGateway): S3Client {
  const credentials = { accessKeyId: ann.accessKeyId, secretAccessKey: ann.secretAccessKey };
  return new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials, maxAttempts: 1 });
}

async function readMetric(gateway: TestGateway, name: string): Promise<number> {
  const admin = /"admin":"(http:[^"]+)"/.exec(gateway.log())?.[1] ?? "";
  const text = await (await fetch(`${admin}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)`, "m").exec(text)?.[1]);
}

async function damage(directory: string, text: string): Promise<void> {
  const segments = join(directory, "segments");
  for (const name of await readdir(segments, { recursive: true })) {
    const bytes = await readFile(join(segments, name)).catch(() => Buffer.alloc(0)); // a directory
    const at = bytes.indexOf(text);
    if (at === -1) continue;
    bytes[at] = 0xff;
    await writeFile(join(segments, name), bytes);
  }
}

test("damage is found by itself and by requests, in one of several workers, and by its successor", {
  timeout: 60_000,
}, async () => {
  const scratch = await mkdtemp(join(tmpdir(), "stave-maintenance-"));
  const dataDirectory = join(scratch, "data");
  try {
    const first = await startGateway({ dataDirectory });
    await client(first).send(new CreateBucketCommand({ Bucket: "photos" }));
    for (const key of ["good", "bad"]) {
      await client(first).send(new PutObjectCommand({ Bucket: "photos", Key: key, Body: `${key} bytes`.repeat(100) }));
    }
    await first.stop();
    await damage(dataDirectory, "bad bytes");

    const gateway = await startGateway({ dataDirectory });
    const scrubbed = /"pid":(\d+),"bucket":"photos","key":"bad","versionId":"null","problem":"damaged"/g;
    await expect.poll(() => readMetric(gateway, "stave_scrub_damaged_total"), { timeout: 15_000 }).toBe(1);
    await expect.poll(() => readMetric(gateway, "stave_segments"), { timeout: 15_000 }).toBeGreaterThan(0);
    const get = client(gateway).send(new GetObjectCommand({ Bucket: "photos", Key: "bad" }));
    await expect(get).rejects.toMatchObject({ name: "InternalError" });
    await expect.poll(() => readMetric(gateway, "stave_damaged_reads_total")).toBe(1);
    const [, pid] = [...gateway.log().matchAll(scrubbed)][0] ?? [];
    expect(Number(pid)).not.toBe(gateway.child.pid);

    process.kill(Number(pid), "SIGKILL");
    await expect.poll(() => [...gateway.log().matchAll(scrubbed)].length, { timeout: 15_000 }).toBe(2);
    expect([...gateway.log().matchAll(scrubbed)][1]?.[1]).not.toBe(pid);
    expect(await gateway.stop()).toBe(0);
  } finally {
    await rm(scratch, { recursive: true });
  }
});
