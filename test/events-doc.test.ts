import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { signWebhook } from "../packages/outgoing-requests/src/sign-webhook.ts";
import { readCodeBlocks } from "./support/read-code-blocks.ts";

// The receiver of docs/events.md, as it stands there.

const secret = Buffer.alloc(32, 5);
let directory = "";
let receiver: ChildProcess;
let url = "";
let printed = "";

beforeAll(async () => {
  const markdown = await readFile(join(import.meta.dirname, "..", "docs", "events.md"), "utf8");
  const [example] = readCodeBlocks(markdown).filter(({ language }) => language === "ts");
  directory = await mkdtemp(join(tmpdir(), "stave-events-doc-"));
  await writeFile(join(directory, "package.json"), '{ "type": "module" }');
  await writeFile(join(directory, "receiver.ts"), example?.text ?? "");
  receiver = spawn(process.execPath, [join(directory, "receiver.ts")], {
    env: { ...process.env, PORT: "0", WEBHOOK_SECRET: `whsec_${secret.toString("base64")}` },
    stdio: ["ignore", "pipe", "inherit"],
  });
  receiver.stdout?.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
  });
  while (!/port: \d+/.test(printed) && receiver.stdout !== null) await once(receiver.stdout, "data");
  url = `http://127.0.0.1:${/port: (\d+)/.exec(printed)?.[1]}/`;
}, 20_000);

afterAll(async () => {
  receiver.kill();
  await once(receiver, "exit");
  await rm(directory, { recursive: true, force: true });
});

const body = JSON.stringify({
  Records: [{ eventName: "ObjectCreated:Put", s3: { object: { key: "a+b/%C3%BC.jpg" } } }],
});

async function post(sent: { readonly body?: string; readonly at?: Date; readonly secret?: Buffer }): Promise<number> {
  const headers = signWebhook({ id: "1", at: sent.at ?? new Date(), body }, sent.secret ?? secret);
  const { status } = await fetch(url, { method: "POST", headers, body: sent.body ?? body });
  return status;
}

test("the receiver takes what Stave has signed", async () => {
  expect(await post({})).toBe(204);
  await expect.poll(() => printed).toContain("ObjectCreated:Put a b/ü.jpg");
});

test("the receiver refuses a body that was changed, another secret, and what was recorded", async () => {
  expect(await post({ body: body.replace("Put", "Copy") })).toBe(401);
  expect(await post({ secret: Buffer.alloc(32, 6) })).toBe(401);
  expect(await post({ at: new Date(Date.now() - 400_000) })).toBe(401);
});
