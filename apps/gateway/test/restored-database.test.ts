import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copySqlite } from "@stave/control-database";
import { afterAll, beforeAll, expect, test } from "vitest";
import { changeKeys } from "./support/change-keys.ts";
import { runGatewayCommand } from "./support/run-gateway-command.ts";
import { createS3Client } from "./support/s3-client.ts";
import { ann, startGateway, type TestGateway } from "./support/start-gateway.ts";

type Pair = { readonly accessKeyId: string; readonly secretAccessKey: string };

/** Each starts servers. */
const timeoutMs = 60_000;

let scratch = "";
/** The data directory at the end, and a copy of its control database from before the second key. */
let last = "";
let earlier = "";
let first: Pair;
let second: Pair;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "stave-restored-"));
  last = join(scratch, "last");
  earlier = join(scratch, "earlier.sqlite");
  const gateway = await startGateway({ dataDirectory: last });
  const s3 = createS3Client(gateway);
  await s3.call({ method: "PUT", path: "/vault" });
  const headers = { "x-amz-server-side-encryption": "AES256" };
  await s3.call({ method: "PUT", path: "/vault/key", headers, body: "sealed bytes" });
  first = await changeKeys(gateway, (keys) => keys.issue({ ownerId: ann.id }));
  copySqlite(join(last, "control.sqlite"), earlier); // while the server runs
  await changeKeys(gateway, (keys) => keys.revoke(first.accessKeyId));
  second = await changeKeys(gateway, (keys) => keys.issue({ ownerId: ann.id }));
  expect((await runGatewayCommand(["encryption", "rotate", "--data-dir", last])).code).toBe(0);
  await gateway.stop();
}, timeoutMs);
afterAll(() => rm(scratch, { recursive: true, force: true }));

async function read(gateway: TestGateway, pair: Pair): Promise<string> {
  const { code, text } = await createS3Client(gateway).call({ path: "/vault/key", account: { ...ann, ...pair } });
  return code ?? text;
}

test(
  "a snapshot, with the database and the key file, has the keys and the encrypted objects",
  async () => {
    const directory = join(scratch, "snapshot");
    const taken = await runGatewayCommand(["snapshot", "--data-dir", last, "--to", directory]);
    const gateway = await startGateway({ dataDirectory: directory, users: "generated" });

    expect(taken.code).toBe(0);
    expect([await read(gateway, second), await read(gateway, first)]).toEqual(["sealed bytes", "InvalidAccessKeyId"]);
    await gateway.stop();
  },
  timeoutMs,
);

test(
  "without its key file a restored database is refused, and works when the file is back",
  async () => {
    const directory = join(scratch, "without-key");
    await cp(last, directory, { recursive: true, filter: (path) => !path.endsWith("encryption_key") });
    const start = ["--data-dir", directory, "--port", "0", "--admin-port", "0"];

    const refused = await runGatewayCommand(start);
    const command = await runGatewayCommand(["keys", "list", "--data-dir", directory]);

    for (const { code, stderr } of [refused, command]) {
      expect(code).toBe(1);
      expect(stderr).toMatch(/^stave-gateway: The key file .* is missing, and the database holds secrets .*\n$/);
    }
    await cp(join(last, "encryption_key"), join(directory, "encryption_key"));
    const gateway = await startGateway({ dataDirectory: directory, users: "generated" });
    expect(await read(gateway, second)).toBe("sealed bytes");
    await gateway.stop();
  },
  timeoutMs,
);

test(
  "an older database with the key file of today opens objects, has revoked keys again and not the newer ones",
  async () => {
    const directory = join(scratch, "older");
    await cp(last, directory, { recursive: true });
    await cp(earlier, join(directory, "control.sqlite"));
    const gateway = await startGateway({ dataDirectory: directory, users: "generated" });

    expect([await read(gateway, first), await read(gateway, second)]).toEqual(["sealed bytes", "InvalidAccessKeyId"]);
    await gateway.stop();
  },
  timeoutMs,
);
