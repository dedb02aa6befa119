import { randomBytes } from "node:crypto";
import { createAccessKeys } from "@stave/credential-vault";
import { parseScope } from "@stave/s3-policy";
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
  test("revoke on the command line", () => endAndHammer(command("revoke"), { times: 2 }), 60_000);
  test("rotate on the command line", () => endAndHammer(command("rotate", "--grace", "0"), { times: 2 }), 60_000);
  test("taking the bucket out of the key's project", () => endAndHammer(takeBucketOut, keyOfProject), 60_000);
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

type Pair = { readonly accessKeyId: string; readonly secretAccessKey: string };

type Rounds = {
  readonly makeKey?: () => Promise<Pair>;
  /** What is asked for. */
  readonly path?: string;
  /** How it is refused when the right to it has ended. */
  readonly refusal?: string;
  readonly times?: number;
};

async function keyOfNewAccount(): Promise<Pair> {
  const ownerId = randomBytes(32).toString("hex");
  await control.database.as("test").accounts.insert({ id: ownerId, displayName: "carl", createdAt: new Date() });
  return await keys().issue({ ownerId });
}

const keyOfProject: Rounds = {
  async makeKey() {
    const { projects } = control.database.as("test");
    const name = `project-${randomBytes(4).toString("hex")}`;
    const { id } = await projects.create({ name, accountId: ann.id, createdAt: new Date() });
    await projects.addBucket(id, "photos");
    return await keys().issue({ ownerId: ann.id, scope: { access: "full", on: { project: id } } });
  },
  path: "/photos/key",
  refusal: "AccessDenied",
};

async function takeBucketOut(accessKeyId: string): Promise<void> {
  const { scope } = (await keys().find(accessKeyId)) ?? {};
  const { on } = parseScope(scope);
  if (on === undefined || !("project" in on)) throw new TypeError("Expected a key of a project");
  await control.database.as("test").projects.removeBucket(on.project, "photos");
}

async function endAndHammer(end: (accessKeyId: string) => Promise<unknown>, options: Rounds = {}): Promise<void> {
  const { makeKey = keyOfNewAccount, path = "/", refusal = "InvalidAccessKeyId", times = rounds } = options;
  for (let round = 0; round < times; round += 1) {
    const { accessKeyId, secretAccessKey } = await makeKey();
    const account = { ...ann, accessKeyId, secretAccessKey };
    let isOver = false;
    let hasReturned = false;
    let accepted = 0;
    const late: (string | number)[] = [];
    const hammer = async () => {
      const s3 = createS3Client(gateway);
      while (!isOver && late.length < 40) {
        const isLate = hasReturned;
        const { status, code } = await s3.call({ path, account });
        if (isLate) late.push(code ?? status);
        else if (status === 200) accepted += 1;
      }
    };
    const clients = [hammer(), hammer(), hammer(), hammer()];
    try {
      await expect.poll(() => accepted, { timeout: 10_000 }).toBeGreaterThan(20);
      await end(accessKeyId);
      hasReturned = true;
      await expect.poll(() => late.length, { timeout: 10_000 }).toBeGreaterThan(40 - 1);
    } finally {
      isOver = true;
      await Promise.all(clients);
    }
    expect(new Set(late)).toEqual(new Set([refusal]));
  }
}
