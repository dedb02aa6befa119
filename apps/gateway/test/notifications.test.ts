import { createHmac } from "node:crypto";
import { createAddressRules } from "@stave/outgoing-requests";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { MessagePump } from "../src/events/message-pump.ts";
import type { WebhookTarget } from "../src/events/webhook-targets.ts";
import { createWebhooks } from "../src/events/webhooks.ts";
import { createLogger } from "../src/process/logger.ts";
import { createMetrics } from "../src/process/metrics.ts";
import { startMessages } from "../src/process/start-messages.ts";
import { createRemotes } from "../src/replication/remotes.ts";
import { type MemoryGateway, startMemoryGateway, testKeys } from "./support/memory-gateway.ts";
import { createS3Client, md5, objectPath, type S3Client } from "./support/s3-client.ts";
import { ann } from "./support/start-gateway.ts";
import {
  type ReceivedRequest,
  recordsOf,
  startWebhookReceiver,
  type WebhookReceiver,
} from "./support/webhook-receiver.ts";

const secret = Buffer.alloc(32, 7);
const arn = "arn:stave:webhook:us-east-1::hook";

let gateway: MemoryGateway;
let receiver: WebhookReceiver;
let pump: MessagePump;
let s3: S3Client;
let bucket = "";
let buckets = 0;

beforeAll(async () => {
  receiver = await startWebhookReceiver();
  const addresses = createAddressRules(["127.0.0.0/8"]);
  const target = (name: string, url: string): WebhookTarget => ({ name, url: new URL(url), secret, addresses });
  const webhookTargets = [
    target("hook", receiver.url),
    target("other", `${receiver.url}?other`),
    { ...target("private", receiver.url), addresses: createAddressRules([]) },
  ];
  gateway = await startMemoryGateway({ webhookTargets });
  s3 = createS3Client(gateway);
  const now = () => new Date();
  pump = startMessages({
    store: gateway.store,
    masterKeys: testKeys,
    webhooks: createWebhooks(webhookTargets, { now }),
    remotes: createRemotes([], { now }),
    region: "us-east-1",
    metrics: createMetrics().events,
    logger: createLogger("silent"),
    now,
  });
});

afterAll(async () => {
  await pump.stop();
  await gateway.close();
  await receiver.close();
});

beforeEach(async () => {
  buckets += 1;
  bucket = `watched-${buckets}`;
  await s3.call({ method: "PUT", path: `/${bucket}` });
  receiver.answer = () => ({ status: 200 });
  receiver.clear();
});

const configure = (body: string, headers: Record<string, string> = {}) =>
  s3.call({ method: "PUT", path: `/${bucket}`, query: { notification: "" }, body: wrap(body), headers });
const read = () => s3.call({ path: `/${bucket}`, query: { notification: "" } });
const putObject = (key: string, body = "abc") => s3.call({ method: "PUT", path: objectPath(bucket, key), body });

describe("the configuration", () => {
  test("is read as it was put, with a name for what came without one, until it is replaced by none", async () => {
    const put = await configure(
      `${topic("s3:ObjectCreated:*", { id: "all", filter: [["Prefix", "in/"]] })}${queue("s3:ObjectRemoved:Delete")}`,
    );
    expect([put.status, put.text]).toEqual([200, ""]);

    const answer = await read();
    expect(answer.all("Event")).toEqual(["s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"]);
    expect([answer.one("Topic"), answer.one("Queue")]).toEqual([arn, arn]);
    expect(answer.all("Id")[0]).toBe("all");
    expect(answer.all("Id")[1]).toMatch(/^[0-9a-f-]{36}$/);
    expect([answer.one("Name"), answer.one("Value")]).toEqual(["Prefix", "in/"]);

    expect((await configure("")).status).toBe(200);
    expect((await read()).all("Topic")).toEqual([]);
  });

  test("is proved by a signed test event to each target", async () => {
    await configure(topic("s3:ObjectCreated:Put") + queue("s3:ObjectRemoved:*", { arn: `${arn.slice(0, -4)}other` }));

    expect(receiver.requests.map(({ path }) => path).toSorted()).toEqual(["/hook", "/hook?other"]);
    for (const { body } of receiver.requests) {
      expect(JSON.parse(body)).toMatchObject({ Service: "Amazon S3", Event: "s3:TestEvent", Bucket: bucket });
    }
  });

  test("is not stored when a target does not take the test event, unless nobody asks it", async () => {
    receiver.answer = () => ({ status: 500 });
    const refused = await configure(topic("s3:ObjectCreated:Put"));
    expect([refused.status, refused.code, refused.one("ArgumentName")]).toEqual([400, "InvalidArgument", arn]);
    expect((await read()).all("Topic")).toEqual([]);

    const skipped = await configure(topic("s3:ObjectCreated:Put"), { "x-amz-skip-destination-validation": "true" });
    expect(skipped.status).toBe(200);
  });

  test("security S27: a target whose address is not allowed gets nothing, and the answer says nothing of it", async () => {
    const refused = await configure(topic("s3:ObjectCreated:Put", { arn: "arn:stave:webhook:::private" }));

    expect([refused.status, refused.code]).toEqual([400, "InvalidArgument"]);
    expect(refused.text).not.toMatch(/127\.0|refused|ECONN/);
    expect(receiver.requests).toEqual([]);
  });

  test("security S27: a redirect is not followed", async () => {
    receiver.answer = () => ({ status: 302, headers: { location: "/elsewhere" } });

    expect((await configure(topic("s3:ObjectCreated:Put"))).code).toBe("InvalidArgument");
    expect(receiver.requests.map(({ path }) => path)).toEqual(["/hook"]);
  });

  test.each([
    [
      "an unknown target",
      () => topic("s3:ObjectCreated:Put", { arn: "arn:stave:webhook:::nobody" }),
      "InvalidArgument",
    ],
    ["a URL for a target", () => topic("s3:ObjectCreated:Put", { arn: receiver.url }), "InvalidArgument"],
    ["a topic of AWS", () => topic("s3:ObjectCreated:Put", { arn: "arn:aws:sns:us-east-1:1:t" }), "InvalidArgument"],
    ["another region", () => topic("s3:ObjectCreated:Put", { arn: "arn:stave:webhook:eu::hook" }), "InvalidArgument"],
    ["an unknown event", () => topic("s3:ObjectEaten:Put"), "InvalidArgument"],
    ["an event that is never told", () => topic("s3:ObjectRestore:Post"), "NotImplemented"],
    ["EventBridge", () => "<EventBridgeConfiguration/>", "NotImplemented"],
    ["no event", () => `<TopicConfiguration><Topic>${arn}</Topic></TopicConfiguration>`, "MalformedXML"],
    ["an unknown filter", () => topic("s3:ObjectCreated:Put", { filter: [["middle", "x"]] }), "InvalidArgument"],
    [
      "a filter twice",
      () =>
        topic("s3:ObjectCreated:Put", {
          filter: [
            ["prefix", "x"],
            ["Prefix", "y"],
          ],
        }),
      "InvalidArgument",
    ],
    [
      "a long filter",
      () => topic("s3:ObjectCreated:Put", { filter: [["prefix", "x".repeat(1025)]] }),
      "InvalidArgument",
    ],
    [
      "the same name twice",
      () => topic("s3:ObjectCreated:Put", { id: "a" }) + topic("s3:ObjectRemoved:*", { id: "a" }),
      "InvalidArgument",
    ],
    [
      "two for the same events and keys",
      () =>
        topic("s3:ObjectCreated:*", { filter: [["prefix", "a"]] }) +
        queue("s3:ObjectCreated:Put", { filter: [["prefix", "ab"]] }),
      "InvalidArgument",
    ],
  ])("is refused for %s", async (_, body, code) => {
    const answer = await configure(body());

    expect(answer.code).toBe(code);
    expect((await read()).all("Event")).toEqual([]);
    expect(receiver.requests).toEqual([]);
  });

  test("may have the same events for keys that cannot be the same", async () => {
    const [a, b] = ["a/", "b/"].map((prefix) => topic("s3:ObjectCreated:*", { filter: [["prefix", prefix]] }));

    expect((await configure(`${a}${b}`)).status).toBe(200);
  });
});

describe("events", () => {
  test("tell who did what to which version, in S3's form, signed", async () => {
    await configure(topic("s3:ObjectCreated:*", { id: "made" }));
    const key = "a b/ü+&.txt";
    const put = await putObject(key);
    await expect.poll(() => receiver.events()).toHaveLength(1);

    const { headers, body } = receiver.requests.at(-1) as ReceivedRequest;
    const [record] = recordsOf(body);
    expect(record).toMatchObject({
      eventVersion: "2.1",
      eventSource: "aws:s3",
      awsRegion: "us-east-1",
      eventName: "ObjectCreated:Put",
      userIdentity: { principalId: ann.id },
      requestParameters: { sourceIPAddress: "127.0.0.1" },
      responseElements: { "x-amz-request-id": put.headers["x-amz-request-id"] },
      s3: {
        s3SchemaVersion: "1.0",
        configurationId: "made",
        bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}`, ownerIdentity: { principalId: ann.id } },
        object: { key: "a+b/%C3%BC%2B%26.txt", size: 3, eTag: put.headers.etag?.replaceAll('"', "") },
      },
    });
    expect(record?.s3.object.versionId).toBeUndefined();
    expect(record?.s3.object.sequencer).toMatch(/^[0-9A-F]{16}$/);
    expect(Math.abs(Date.parse(record?.eventTime ?? "") - Date.now())).toBeLessThan(60_000);
    const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
    expect(headers["webhook-signature"]).toBe(`v1,${createHmac("sha256", secret).update(signed).digest("base64")}`);
  });

  test("come for every way of changing an object, in the order of the changes of a key", async () => {
    await configure(topic("s3:ObjectCreated:*") + queue("s3:ObjectRemoved:*"));
    await putObject("k");
    await s3.call({
      method: "PUT",
      path: objectPath(bucket, "k"),
      headers: { "x-amz-copy-source": `/${bucket}/k`, "x-amz-metadata-directive": "REPLACE" },
    });
    const path = objectPath(bucket, "k");
    const uploadId = (await s3.call({ method: "POST", path, query: { uploads: "" } })).one("UploadId") ?? "";
    const part = await s3.call({ method: "PUT", path, query: { partNumber: "1", uploadId }, body: "part" });
    const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.etag}</ETag></Part></CompleteMultipartUpload>`;
    await s3.call({ method: "POST", path, query: { uploadId }, body });
    await s3.call({ method: "DELETE", path });
    await s3.call({ method: "DELETE", path });
    await s3.call({ method: "PUT", path: `/${bucket}`, query: { versioning: "" }, body: enabled });
    const version = (await putObject("k")).headers["x-amz-version-id"] ?? "";
    await s3.call({
      method: "POST",
      path: `/${bucket}`,
      query: { delete: "" },
      body: "<Delete><Object><Key>k</Key></Object></Delete>",
      headers: { "content-md5": createMd5("<Delete><Object><Key>k</Key></Object></Delete>") },
    });
    await s3.call({ method: "DELETE", path, query: { versionId: version } });

    const expected = [
      "ObjectCreated:Put k",
      "ObjectCreated:Copy k",
      "ObjectCreated:CompleteMultipartUpload k",
      "ObjectRemoved:Delete k",
      "ObjectCreated:Put k",
      "ObjectRemoved:DeleteMarkerCreated k",
      "ObjectRemoved:Delete k",
    ];
    await expect.poll(() => receiver.events()).toEqual(expected);
    const records = receiver.requests.flatMap((request) => recordsOf(request.body));
    const sequencers = records.map(({ s3: { object } }) => object.sequencer);
    expect(sequencers).toEqual(sequencers.toSorted());
    expect(records.at(-1)?.s3.object.versionId).toBe(version);
  });

  test("come for the forms of browsers, also of somebody that nobody knows", async () => {
    await configure(topic("s3:ObjectCreated:*"));
    const acl = {
      method: "PUT",
      path: `/${bucket}`,
      query: { acl: "" },
      headers: { "x-amz-acl": "public-read-write" },
    };
    expect((await s3.call(acl)).status).toBe(200);
    const field = (name: string, value: string) =>
      `--x\r\nContent-Disposition: form-data; name=${name}\r\n\r\n${value}\r\n`;
    const body = `${field('"key"', "cat.jpg")}${field('"file"; filename="cat.jpg"', "meow")}--x--\r\n`;
    const headers = { "content-type": "multipart/form-data; boundary=x" };
    const posted = await s3.call({ method: "POST", path: `/${bucket}`, account: null, headers, body });
    expect(posted.status).toBe(204);

    await expect.poll(() => receiver.events()).toEqual(["ObjectCreated:Post cat.jpg"]);
    const [record] = recordsOf(receiver.requests.at(-1)?.body ?? "");
    expect(record?.userIdentity.principalId).not.toBe(ann.id);
    expect(record?.responseElements["x-amz-request-id"]).toBe(posted.headers["x-amz-request-id"]);
  });

  test("come for what is said about an object later", async () => {
    await configure(topic("s3:ObjectAcl:Put"));
    await putObject("a");
    const headers = { "x-amz-acl": "public-read" };
    const put = await s3.call({ method: "PUT", path: objectPath(bucket, "a"), query: { acl: "" }, headers });
    expect(put.status).toBe(200);

    await expect.poll(() => receiver.events()).toEqual(["ObjectAcl:Put a"]);
  });

  test("are only those that were asked for", async () => {
    await configure(
      topic("s3:ObjectCreated:Put", {
        filter: [
          ["prefix", "in/"],
          ["suffix", ".jpg"],
        ],
      }),
    );
    for (const key of ["in/a.txt", "out/a.jpg", "in/a.jpg"]) await putObject(key);
    await s3.call({ method: "DELETE", path: objectPath(bucket, "in/a.jpg") });
    await putObject("in/b.jpg");

    await expect.poll(() => receiver.events()).toEqual(["ObjectCreated:Put in/a.jpg", "ObjectCreated:Put in/b.jpg"]);
  });

  test("of a refused write do not come", async () => {
    await configure(topic("s3:ObjectCreated:*"));
    await putObject("a");
    const refused = { method: "PUT", path: objectPath(bucket, "a"), headers: { "if-none-match": "*" } };
    expect((await s3.call(refused)).status).toBe(412);
    await putObject("b");

    await expect.poll(() => receiver.events()).toEqual(["ObjectCreated:Put a", "ObjectCreated:Put b"]);
  });

  test("that could not be delivered come again, with the same id", async () => {
    await configure(topic("s3:ObjectCreated:*"));
    let failures = 1;
    receiver.answer = () => {
      failures -= 1;
      return { status: failures >= 0 ? 503 : 204 };
    };
    await putObject("a");

    await expect
      .poll(() => receiver.events(), { timeout: 5_000 })
      .toEqual(["ObjectCreated:Put a", "ObjectCreated:Put a"]);
    const ids = receiver.requests
      .filter(({ body }) => recordsOf(body).length > 0)
      .map(({ headers }) => headers["webhook-id"]);
    expect(ids[0]).toBe(ids[1]);
    await expect
      .poll(async () => (await gateway.store.listQueues()).find(({ name }) => name === "webhook:hook")?.waiting)
      .toBe(0);
  });

  test("security S7: nobody but the owner says that a write is a replica, and nobody anything else", async () => {
    const put = (value: string) =>
      s3.call({ method: "PUT", path: objectPath(bucket, "a"), headers: { "x-amz-replication-status": value } });

    expect((await put("COMPLETED")).code).toBe("InvalidArgument");
    expect((await s3.call({ path: objectPath(bucket, "a") })).code).toBe("NoSuchKey");
    expect((await put("REPLICA")).status).toBe(200);
    const read = await s3.call({ method: "HEAD", path: objectPath(bucket, "a") });
    expect(read.headers["x-amz-replication-status"]).toBe("REPLICA");
  });
});

type TargetOptions = {
  readonly id?: string;
  readonly arn?: string;
  readonly filter?: readonly (readonly [name: string, value: string])[];
};

function topic(event: string, options: TargetOptions = {}): string {
  return target("Topic", event, options);
}

function queue(event: string, options: TargetOptions = {}): string {
  return target("Queue", event, options);
}

function target(kind: string, event: string, { id, arn: to = arn, filter = [] }: TargetOptions): string {
  const rules = filter.map(([name, value]) => `<FilterRule><Name>${name}</Name><Value>${value}</Value></FilterRule>`);
  return [
    `<${kind}Configuration>`,
    id === undefined ? "" : `<Id>${id}</Id>`,
    `<${kind}>${to}</${kind}><Event>${event}</Event>`,
    rules.length === 0 ? "" : `<Filter><S3Key>${rules.join("")}</S3Key></Filter>`,
    `</${kind}Configuration>`,
  ].join("");
}

function wrap(targets: string): string {
  return `<NotificationConfiguration>${targets}</NotificationConfiguration>`;
}

const enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";

function createMd5(text: string): string {
  return Buffer.from(md5(text), "hex").toString("base64");
}
