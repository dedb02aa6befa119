import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createS3Client, objectPath } from "../../gateway/test/support/s3-client.ts";
import { bob, startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { startWebhookReceiver, type WebhookReceiver } from "../../gateway/test/support/webhook-receiver.ts";
import { startApi, type TestApi } from "./support/start-api.ts";
import { waitFor } from "./support/wait-for.ts";

let scratch: string;
let receiver: WebhookReceiver;
let there: TestGateway;
let gateway: TestGateway;
let api: TestApi;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "stave-messages-"));
  receiver = await startWebhookReceiver();
  there = await startGateway({ workers: 1 });
  const allowedNetworks = ["127.0.0.0/8"];
  const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
  const { accessKeyId, secretAccessKey } = bob;
  const keys = { accessKeyId, secretAccessKey, region: "us-east-1" };
  const hooks = join(scratch, "webhooks.json");
  const remotes = join(scratch, "remotes.json");
  await writeFile(hooks, JSON.stringify([{ name: "hook", url: receiver.url, secret, allowedNetworks }]));
  await writeFile(remotes, JSON.stringify([{ name: "office", endpoint: there.endpoint, ...keys, allowedNetworks }]));
  const args = ["--webhook-targets", hooks, "--replication-remotes", remotes];
  gateway = await startGateway({ workers: 1, args });
  api = await startApi(gateway);
}, 60_000);
afterAll(async () => {
  await api?.stop();
  await gateway?.stop();
  await there?.stop();
  await receiver?.close();
  await rm(scratch, { recursive: true, force: true });
});

async function makeBucket(name: string): Promise<string> {
  await api.call("/api/storage/buckets", { method: "POST", json: { name } });
  return `/api/storage/buckets/${name}`;
}

const put = (path: string, json: object) => api.call(path, { method: "PUT", json });

test("notifications that REST has set come to a receiver, until they are taken away", { timeout: 30_000 }, async () => {
  const bucket = await makeBucket("watched");
  const value = {
    topicConfigurations: [
      {
        id: "all",
        topicArn: "arn:stave:webhook:us-east-1::hook",
        events: ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
        filter: { key: { filterRules: [{ name: "Prefix", value: "in/" }] } },
      },
    ],
  };
  const written = await put(`${bucket}/notifications`, value);
  expect([written.status, written.body.data]).toEqual([200, value]);
  const read = await api.call(`${bucket}/notifications`);
  expect([read.body.data, read.headers.get("etag")]).toEqual([value, written.headers.get("etag")]);
  expect(receiver.requests.map(({ body }) => JSON.parse(body).Event)).toEqual(["s3:TestEvent"]);

  for (const key of ["in/a%20b", "out/c"]) await api.call(`${bucket}/objects/${key}`, { method: "PUT", body: "x" });
  await api.call(`${bucket}/objects/in/a%20b`, { method: "DELETE" });
  await waitFor(async () => receiver.events().length === 2);
  expect(receiver.events()).toEqual(["ObjectCreated:Put in/a+b", "ObjectRemoved:Delete in/a+b"]);

  expect((await api.call(`${bucket}/notifications`, { method: "DELETE" })).status).toBe(204);
  expect((await api.call(`${bucket}/notifications`)).body.data).toBeNull();
});

test("replication that REST has set copies to another server, until it is taken away", {
  timeout: 30_000,
}, async () => {
  const bucket = await makeBucket("copied");
  const remote = createS3Client(there);
  const account = bob;
  const body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
  await remote.call({ method: "PUT", path: "/copied", account });
  await remote.call({ method: "PUT", path: "/copied", query: { versioning: "" }, body, account });
  const value = {
    role: "any",
    rules: [
      {
        id: "in",
        priority: 1,
        status: "Enabled",
        filter: { prefix: "in/" },
        destination: { bucket: "arn:aws:s3:::office/copied" },
        deleteMarkerReplication: { status: "Disabled" },
      },
    ],
  };
  expect((await put(`${bucket}/replication`, value)).status).toBe(400); // S3 wants versioning first
  await put(`${bucket}/versioning`, { status: "Enabled" });
  const written = await put(`${bucket}/replication`, value);
  expect([written.status, written.body.data]).toEqual([200, value]);
  expect((await api.call(`${bucket}/replication`)).body.data).toEqual(value);

  for (const key of ["in/a%2Bb", "out/c"]) await api.call(`${bucket}/objects/${key}`, { method: "PUT", body: key });
  const copy = () => remote.call({ path: objectPath("copied", "in/a+b"), account });
  await waitFor(async () => (await copy()).status === 200);
  expect((await copy()).text).toBe("in/a%2Bb");
  expect((await remote.call({ path: objectPath("copied", "out/c"), account })).status).toBe(404);

  expect((await api.call(`${bucket}/replication`, { method: "DELETE" })).status).toBe(204);
  expect((await api.call(`${bucket}/replication`)).body.data).toBeNull();
});
