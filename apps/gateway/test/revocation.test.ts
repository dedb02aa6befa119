import { randomBytes } from "node:crypto";
import { createAccessKeys } from "@stave/credential-vault";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Control, openControl } from "../src/control/open-control.ts";
import { runGatewayCommand } from "./support/run-gateway-command.ts";
import { createS3Client } from "./support/s3-client.ts";
import { ann, startGateway, type TestGateway } from "./support/start-gateway.ts";

// Four clients hammer two workers with a key that another process ends: no request succeeds that was sent after the call that ends it
// has returned.

let gateway: TestGateway;
let control: Control;
beforeAll(async () => {
  gateway = await startGateway();
  await createS3Client(gateway).call({ method: "PUT", path: "/photos" });
  await createS3Client(gateway).call({ method: "PUT", path: "/photos/key", body: "bytes" });
  control = await openControl({ dataDirectory: gateway.dataDirectory, encryptionKeyFile: undefined });
}, 30_000);
afterAll(async () => {
  await control.close();
  await gateway.stop();
});

const rounds = 5;

describe("no success after the call has returned:", () => {
  test("revoke", () => endAndHammer((key) => keys().revoke(key)), 60_000);
  test("expire", () => endAndHammer((key) => keys().expire(key, new Date())), 60_000);
  test("rotate without grace", () => endAndHammer((key) => keys().rotate(key, { graceMs: 0 })), 60_000);
  test("removing the account", () => endAndHammer(removeOwner), 60_000);
  test("revoke on the command line", () => endAndHammer(command("revoke"), 2), 60_000);
  test("rotate on the command line", () => endAndHammer(command("rotate", "--grace", "0"), 2), 60_000);
});

function keys() {
  return createAccessKeys({ vault: control.vault, store: control.database.as("test").accessKeys });
}

async function removeOwner(accessKeyId: string): Promise<void> {
  const { accounts, accessKeys } = control.database.as("test");
  const key = await accessKeys.find(accessKeyId);
  await keys().revoke(accessKeyId);
  await accounts.remove(key?.ownerId ?? "");
}

function command(name: string, ...args: readonly string[]): (accessKeyId: string) => Promise<void> {
  return async (accessKeyId) => {
    const data = ["--data-dir", gateway.dataDirectory];
    expect(await runGatewayCommand(["keys", name, accessKeyId, ...args, ...data])).toMatchObject({ code: 0 });
  };
}

async function endAndHammer(end: (accessKeyId: string) => Promise<unknown>, times = rounds): Promise<void> {
  for (let round = 0; round < times; round += 1) {
    const ownerId = randomBytes(32).toString("hex");
    await control.database.as("test").accounts.insert({ id: ownerId, displayName: "carl", createdAt: new Date() });
    const { accessKeyId, secretAccessKey } = await keys().issue({ ownerId });
    const account = { ...ann, accessKeyId, secretAccessKey };
    let isOver = false;
    let hasReturned = false;
    let accepted = 0;
    const late: (string | number)[] = [];
    const hammer = async (client: number) => {
      const s3 = createS3Client(gateway);
      while (!isOver && late.length < 40) {
        const isLate = hasReturned;
        const { status, code } = await s3.call({ path: "/", query: { prefix: String(client) }, account });
        if (isLate) late.push(code ?? status);
        else if (status === 200) accepted += 1;
      }
    };
    const clients = [0, 1, 2, 3].map(hammer);
    try {
      await expect.poll(() => accepted, { timeout: 10_000 }).toBeGreaterThan(20);
      await end(accessKeyId);
      hasReturned = true;
      await expect.poll(() => late.length, { timeout: 10_000 }).toBeGreaterThan(40 - 1);
    } finally {
      isOver = true;
      await Promise.all(clients);
    }
    expect(new Set(late)).toEqual(new Set(["InvalidAccessKeyId"]));
  }
}
