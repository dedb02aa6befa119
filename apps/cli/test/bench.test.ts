import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createS3Client } from "../../gateway/test/support/s3-client.ts";
import { ann, startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { runStave } from "./support/run-stave.ts";

let gateway: TestGateway;
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "stave-cli-"));
  gateway = await startGateway();
  await createS3Client(gateway).call({ method: "PUT", path: "/photos" });
});

afterAll(async () => {
  await gateway?.stop();
  await rm(home, { recursive: true });
});

const stave = (...args: string[]) =>
  runStave(args, {
    env: {
      STAVE_CONFIG_DIR: home,
      AWS_ACCESS_KEY_ID: ann.accessKeyId,
      AWS_SECRET_ACCESS_KEY: ann.secretAccessKey,
      AWS_ENDPOINT_URL_S3: gateway.endpoint,
    },
  });

// It measures for a second each of four operations.
test("measures each operation, and leaves nothing behind", { timeout: 60_000 }, async () => {
  const { code, stderr, json } = await stave("bench", "s3://photos", "--sizes", "1KiB", "--seconds", "1", "--json");
  const { rows } = json();

  expect(code).toBe(0);
  expect(rows.map(({ operation }: { operation: string }) => operation)).toEqual(["put", "get", "head", "list"]);
  for (const { count, p50Ms, p99Ms, maxMs } of rows) {
    expect(count).toBeGreaterThan(0);
    expect(p50Ms).toBeGreaterThan(0);
    expect(p99Ms).toBeLessThanOrEqual(maxMs);
  }
  expect(stderr).toContain("What this cannot tell");
  expect(await stave("ls", "--recursive", "s3://photos")).toMatchObject({ code: 0, stdout: "" });
});

test("refuses sizes that it cannot read, and a bucket that there is not", { timeout: 60_000 }, async () => {
  expect(await stave("bench", "s3://photos", "--sizes", "many")).toMatchObject({ code: 2, stdout: "" });
  expect(await stave("bench", "s3://photos", "--sizes", "1TiB")).toMatchObject({ code: 2, stdout: "" });
  expect(await stave("bench", "s3://nowhere", "--seconds", "1")).toMatchObject({ code: 5, stdout: "" });
});
