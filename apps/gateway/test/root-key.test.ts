import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { runGatewayCommand } from "./support/run-gateway-command.ts";
import { createS3Client, type S3Answer } from "./support/s3-client.ts";
import { ann, startGateway, type TestGateway } from "./support/start-gateway.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // each test starts several servers, one after the other

type Pair = { readonly accessKeyId: string; readonly secretAccessKey: string };

const first: Pair = { accessKeyId: "FIRSTROOT", secretAccessKey: "the-first-secret-of-root" };
const second: Pair = { accessKeyId: "SECONDROOT", secretAccessKey: "the-second-secret-of-root" };
const third: Pair = { accessKeyId: "THIRDROOT", secretAccessKey: "the-third-secret-of-root" };

let dataDirectory = "";
beforeEach(async () => {
  dataDirectory = join(await mkdtemp(join(tmpdir(), "stave-root-key-")), "data");
});
afterEach(() => rm(join(dataDirectory, ".."), { recursive: true }));

function start(
  { accessKeyId, secretAccessKey }: Pair,
  users: "given" | "generated" = "generated",
): Promise<TestGateway> {
  const env = { STAVE_ROOT_ACCESS_KEY: accessKeyId, STAVE_ROOT_SECRET_KEY: secretAccessKey };
  return startGateway({ dataDirectory, users, env, workers: 1 });
}

function call({ port }: TestGateway, key: Pair, path = "/", method = "GET"): Promise<S3Answer> {
  return createS3Client({ port }).call({ account: { ...ann, ...key }, method, path });
}

/** Starts with a key, looks whether it works and others do not, and stops. */
async function serve(key: Pair, refused: readonly Pair[]): Promise<void> {
  const gateway = await start(key);
  try {
    expect((await call(gateway, key)).text).toContain("<Name>photos</Name>");
    for (const other of refused) expect((await call(gateway, other)).status).toBe(403);
  } finally {
    await gateway.stop();
  }
}

beforeEach(async () => {
  const gateway = await start(first);
  expect((await call(gateway, first, "/photos", "PUT")).status).toBe(200);
  await gateway.stop();
});

test("another root key takes the place of the one before, keeps what it owned, and gives way again", async () => {
  await serve(second, [first]);
  await serve(second, [first]);
  await serve(first, [second]);
  await serve(second, [first]);
});

test("only the last one comes back", async () => {
  await serve(second, [first]);
  await serve(third, [first, second]);

  await expect(start(first)).rejects.toThrow("The access key FIRSTROOT was revoked or has expired.");
  await serve(third, [first, second]);
});

test.each([["revoke"], ["rotate", "--grace", "0"]])("a root key stays away after `keys %s`", async (...command) => {
  const { code } = await runGatewayCommand(["keys", ...command, first.accessKeyId, "--data-dir", dataDirectory]);
  expect(code).toBe(0);

  await expect(start(first)).rejects.toThrow("The access key FIRSTROOT was revoked or has expired.");
  await serve(second, [first]);
});

test("a key never changes its secret", async () => {
  await expect(start({ ...first, secretAccessKey: second.secretAccessKey })).rejects.toThrow("with another secret");
  await serve(first, []);
});

test("a key of somebody else is not taken over", async () => {
  const gateway = await start(first, "given");
  await gateway.stop();

  await expect(start(ann)).rejects.toThrow(`The access key ${ann.accessKeyId} is there already`);
});
