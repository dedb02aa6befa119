import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockDataDirectory, openEmbeddedStore } from "@stave/object-store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createS3Client, type S3Client } from "./support/s3-client.ts";
import { gatewayMain, startGateway, type TestGateway } from "./support/start-gateway.ts";
import { startWebhookReceiver, type WebhookReceiver } from "./support/webhook-receiver.ts";

const secret = `whsec_${Buffer.alloc(32, 9).toString("base64")}`;
const bucket = "watched";

let scratch = "";
let receiver: WebhookReceiver;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "stave-events-"));
  receiver = await startWebhookReceiver();
});
afterAll(async () => {
  await receiver.close();
  await rm(scratch, { recursive: true, force: true });
});

async function writeTargets(name: string, targets: unknown): Promise<string> {
  const file = join(scratch, name);
  await writeFile(file, JSON.stringify(targets));
  return file;
}

const hook = () => ({ name: "hook", url: receiver.url, secret, allowedNetworks: ["127.0.0.0/8"] });

async function start(dataDirectory: string): Promise<{ readonly gateway: TestGateway; readonly s3: S3Client }> {
  const targets = await writeTargets("targets.json", [hook()]);
  const gateway = await startGateway({ dataDirectory, args: ["--webhook-targets", targets] });
  return { gateway, s3: createS3Client(gateway) };
}

async function watch(s3: S3Client): Promise<void> {
  await s3.call({ method: "PUT", path: `/${bucket}` });
  const configuration =
    "<NotificationConfiguration><QueueConfiguration><Queue>arn:stave:webhook:::hook</Queue>" +
    "<Event>s3:ObjectCreated:*</Event></QueueConfiguration></NotificationConfiguration>";
  const put = await s3.call({ method: "PUT", path: `/${bucket}`, query: { notification: "" }, body: configuration });
  expect(put.status).toBe(200);
}

type Outcome = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

function run(...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [gatewayMain, ...args], { timeout: 20_000 }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

test("events outlive SIGKILL in the middle of writes and deliveries: every acknowledged change is told", {
  timeout: 60_000,
}, async () => {
  const dataDirectory = join(scratch, "killed");
  const first = await start(dataDirectory);
  await watch(first.s3);
  receiver.clear();
  const acknowledged: string[] = [];
  let isOver = false;
  const writers = Array.from({ length: 4 }, async (_, writer) => {
    for (let at = 0; !isOver; at += 1) {
      const key = `${writer}-${at}`;
      const put = await first.s3.call({ method: "PUT", path: `/${bucket}/${key}`, body: key }).catch(() => undefined);
      if (put?.status === 200) acknowledged.push(key);
    }
  });
  await expect.poll(() => receiver.events().length, { timeout: 20_000 }).toBeGreaterThan(20);
  receiver.answer = () => undefined; // taken, and never answered: these are under way when it is killed
  await expect.poll(() => acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(60);
  await first.gateway.kill();
  isOver = true;
  await Promise.all(writers);

  receiver.answer = () => ({ status: 200 });
  const { gateway } = await start(dataDirectory);
  const told = () => new Set(receiver.events().map((event) => event.replace("ObjectCreated:Put ", "")));
  await expect.poll(() => acknowledged.filter((key) => !told().has(key)), { timeout: 30_000 }).toEqual([]);
  await expect.poll(async () => (await queueOf(dataDirectory)).waiting, { timeout: 20_000 }).toBe(0);
  const again = receiver.events().length - told().size;
  expect(again).toBeLessThanOrEqual(16); // those under way, and those whose end was not written down
  expect(await gateway.stop()).toBe(0);
});

async function queueOf(dataDirectory: string) {
  const { stdout } = await run("events", "--data-dir", dataDirectory, "--json");
  return JSON.parse(stdout).queues[0] ?? { waiting: -1 };
}

test("the command shows what waits, beside a running server and without one", { timeout: 60_000 }, async () => {
  const dataDirectory = join(scratch, "shown");
  const { gateway, s3 } = await start(dataDirectory);
  const before = await run("events", "--data-dir", dataDirectory);
  await watch(s3);
  receiver.answer = () => ({ status: 500 });
  await s3.call({ method: "PUT", path: `/${bucket}/a`, body: "a" });

  const beside = await run("events", "--data-dir", dataDirectory, "--json", "--dead");
  const metrics = await readMetrics(gateway);
  expect(await gateway.stop()).toBe(0);
  const after = await run("events", "--data-dir", dataDirectory, "--queue", "webhook:hook");
  receiver.answer = () => ({ status: 200 });

  expect(before).toMatchObject({ code: 0, stderr: "", stdout: "There is nothing, and there never was.\n" });
  expect(beside).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(beside.stdout)).toEqual({
    queues: [{ name: "webhook:hook", waiting: 1, dead: 0, dropped: 0 }],
    dead: [],
  });
  expect(metrics).toMatch(/^stave_messages\{queue="webhook:hook",state="waiting"\} 1$/m);
  expect(after.stdout).toMatch(/^webhook:hook\n\nwaiting +1\ngiven up +0\n/);
  const wrong = await run("events", "--data-dir", dataDirectory, "--retry", "--drop");
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("--retry and --drop")]);
});

test("the command lists what was given up, tries it again and removes it", { timeout: 60_000 }, async () => {
  const dataDirectory = join(scratch, "given-up");
  const lock = await lockDataDirectory(dataDirectory);
  const store = await openEmbeddedStore({ directory: dataDirectory });
  await store.createBucket({ name: bucket, ownerId: "owner" });
  for (const [at, queue] of ["webhook:a", "webhook:b"].entries()) {
    const metadata = { headers: {}, user: {} };
    const onChange = () => [{ queue, group: "g", text: `{"key":"k${at}"}` }];
    await store.putObject({ bucket, key: "k" }, Buffer.from(""), { ownerId: "owner", metadata, onChange });
    const [message] = await store.readMessages(queue, { state: "waiting", limit: 1 });
    const trial = { attempts: 20, dueAt: new Date(0), failure: "The target answered with 500" };
    await store.changeMessages(queue, [{ sequence: message?.sequence ?? 0, to: "dead", ...trial }]);
  }
  await store.close();
  await lock.release();
  const events = async (...args: readonly string[]) => {
    const { stdout } = await run("events", "--data-dir", dataDirectory, "--json", ...args);
    return JSON.parse(stdout);
  };

  const listed = await events("--dead", "--queue", "webhook:a");
  const text = await run("events", "--data-dir", dataDirectory, "--dead");
  const retried = await events("--retry", "--queue", "webhook:a");
  const dropped = await events("--drop");

  const failure = "The target answered with 500";
  expect(listed.dead).toEqual([{ queue: "webhook:a", sequence: 1, attempts: 20, failure, message: { key: "k0" } }]);
  expect(text.stdout).toMatch(/^webhook:b {2}2 {2}20 attempts {2}The target answered with 500$/m);
  expect([retried.retried, retried.queues]).toEqual([1, [{ name: "webhook:a", waiting: 1, dead: 0, dropped: 0 }]]);
  expect([dropped.dropped, dropped.queues]).toEqual([
    1,
    [
      { name: "webhook:a", waiting: 1, dead: 0, dropped: 0 },
      { name: "webhook:b", waiting: 0, dead: 0, dropped: 0 },
    ],
  ]);
});

async function readMetrics(gateway: TestGateway): Promise<string> {
  const admin = /"admin":"(http:[^"]+)"/.exec(gateway.log())?.[1] ?? "";
  let text = "";
  await expect
    .poll(async () => {
      text = await (await fetch(`${admin}/metrics`)).text();
      return text;
    })
    .toContain("stave_messages{");
  return text;
}

test("security S30: neither the secret of a target nor its signatures are logged", { timeout: 60_000 }, async () => {
  const { gateway, s3 } = await start(join(scratch, "logged"));
  await watch(s3);
  receiver.clear();
  receiver.answer = () => ({ status: 500 });
  await s3.call({ method: "PUT", path: `/${bucket}/a`, body: "a" });
  await expect.poll(() => gateway.log()).toContain("could not be delivered");
  receiver.answer = () => ({ status: 200 });
  await gateway.stop();

  expect(gateway.log()).not.toContain(secret.slice(6));
  for (const { headers } of receiver.requests) {
    expect(gateway.log()).not.toContain(String(headers["webhook-signature"]).slice(3));
  }
});

test("the server does not start with targets that are wrong, and says so in one line", {
  timeout: 30_000,
}, async () => {
  const file = await writeTargets("wrong.json", [{ ...hook(), url: "http://me:pw@example.com/" }]);

  const { code, stderr } = await run("--data-dir", join(scratch, "wrong"), "--webhook-targets", file);

  expect([code, stderr]).toEqual([
    2,
    `stave-gateway: Expected "url" in ${file}, entry 0 to be a URL with http or https.\n`,
  ]);
});
