import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createS3Client, objectPath, type S3Answer, type S3Client } from "./support/s3-client.ts";
import { ann, bob, startGateway, type TestGateway } from "./support/start-gateway.ts";

// On the other server the copies belong to bob.
const mib = 1024 * 1024;
let scratch = "";
let there: TestGateway;
let remote: S3Client;
let here: TestGateway;
let s3: S3Client;
let buckets = 0;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "stave-replication-"));
  there = await startGateway({ dataDirectory: join(scratch, "there"), workers: 1 });
  remote = createS3Client(there);
  here = await startHere("here");
  s3 = createS3Client(here);
}, 30_000);

afterAll(async () => {
  await here.stop();
  await there.stop();
  await rm(scratch, { recursive: true, force: true });
});

async function startHere(name: string, port = there.port): Promise<TestGateway> {
  const remotes = join(scratch, `${name}.json`);
  const { accessKeyId, secretAccessKey } = bob;
  const common = { region: "us-east-1", accessKeyId, secretAccessKey, allowedNetworks: ["127.0.0.0/8"] };
  const endpoint = `http://127.0.0.1:${port}`;
  await writeFile(
    remotes,
    JSON.stringify([
      { ...common, name: "office", endpoint },
      { ...common, name: "away", endpoint: "http://127.0.0.1:1" },
      { ...common, name: "private", endpoint, allowedNetworks: [] },
    ]),
  );
  return await startGateway({ dataDirectory: join(scratch, name), args: ["--replication-remotes", remotes] });
}

const versioning = (client: S3Client, bucket: string, account = ann) =>
  client.call({
    method: "PUT",
    path: `/${bucket}`,
    query: { versioning: "" },
    body: "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
    account,
  });

/** A bucket here and one of the same name there, both with versioning. */
async function createPair(client = s3): Promise<string> {
  buckets += 1;
  const bucket = `pair-${buckets}`;
  await client.call({ method: "PUT", path: `/${bucket}` });
  await remote.call({ method: "PUT", path: `/${bucket}`, account: bob });
  await versioning(client, bucket);
  await versioning(remote, bucket, bob);
  return bucket;
}

const destination = (bucket: string) => `<Destination><Bucket>arn:aws:s3:::office/${bucket}</Bucket></Destination>`;
const markers = (status: string) => `<DeleteMarkerReplication><Status>${status}</Status></DeleteMarkerReplication>`;

function rule(bucket: string, { filter = "<Filter/>", priority = 1, marked = "Disabled" } = {}): string {
  return `<Rule><Priority>${priority}</Priority><Status>Enabled</Status>${filter}${markers(marked)}${destination(bucket)}</Rule>`;
}

const replicate = (bucket: string, rules: string, client = s3) =>
  client.call({
    method: "PUT",
    path: `/${bucket}`,
    query: { replication: "" },
    body: `<ReplicationConfiguration><Role>any</Role>${rules}</ReplicationConfiguration>`,
  });

const head = (bucket: string, key: string, client = s3, account = ann): Promise<S3Answer> =>
  client.call({
    method: "HEAD",
    path: objectPath(bucket, key),
    headers: { "x-amz-checksum-mode": "ENABLED" },
    account,
  });
const statusOf = async (bucket: string, key: string, client = s3) =>
  (await head(bucket, key, client)).headers["x-amz-replication-status"];
const completed = (bucket: string, key: string, client = s3) =>
  expect.poll(() => statusOf(bucket, key, client), { timeout: 15_000 }).toBe("COMPLETED");
const versionsThere = async (bucket: string, account = bob) =>
  (await remote.call({ path: `/${bucket}`, query: { versions: "" }, account })).all("VersionId").length;

describe("the configuration", () => {
  test("is read as it was put, until it is deleted, and holds versioning", { timeout: 20_000 }, async () => {
    const bucket = await createPair();
    expect((await replicate(bucket, rule(bucket, { filter: "<Filter><Prefix>in/</Prefix></Filter>" }))).status).toBe(
      200,
    );

    const read = await s3.call({ path: `/${bucket}`, query: { replication: "" } });
    expect([read.one("Bucket"), read.one("Prefix")]).toEqual([`arn:aws:s3:::office/${bucket}`, "in/"]);
    const suspended = await s3.call({
      method: "PUT",
      path: `/${bucket}`,
      query: { versioning: "" },
      body: "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>",
    });
    expect(suspended.code).toBe("InvalidBucketState");

    expect((await s3.call({ method: "DELETE", path: `/${bucket}`, query: { replication: "" } })).status).toBe(204);
    const gone = await s3.call({ path: `/${bucket}`, query: { replication: "" } });
    expect(gone.code).toBe("ReplicationConfigurationNotFoundError");
  });

  test("needs versioning here and there, and a bucket there", { timeout: 20_000 }, async () => {
    const bucket = await createPair();
    await s3.call({ method: "PUT", path: "/plain" });
    await remote.call({ method: "PUT", path: "/plain", account: bob });

    const plainHere = await replicate("plain", rule(bucket));
    const plainThere = await replicate(bucket, rule("plain"));
    const absent = await replicate(bucket, rule("absent"));

    for (const [answer, message] of [
      [plainHere, "Versioning must be 'Enabled' on the bucket to apply a replication configuration"],
      [plainThere, "Destination bucket must have versioning enabled."],
      [absent, "Destination bucket must exist."],
    ] as const) {
      expect([answer.status, answer.code, answer.one("Message")]).toEqual([400, "InvalidRequest", message]);
    }
  });

  const other = "<Destination><Bucket>arn:aws:s3:::office/other</Bucket></Destination>";
  const more = (bucket: string, text: string) => destination(bucket).replace("</Destination>", `${text}</Destination>`);
  test.each<[string, string, (bucket: string) => string]>([
    ["a bucket without a remote", "InvalidArgument", (b) => rule(b).replace("office/", "")],
    ["an unknown remote", "InvalidArgument", (b) => rule(b).replace("office/", "nowhere/")],
    ["a URL", "InvalidArgument", (b) => rule(b).replace("arn:aws:s3:::office/", "http://127.0.0.1/")],
    ["a remote that is away", "InvalidRequest", (b) => rule(b).replace("office/", "away/")],
    ["a remote at an address that is not allowed", "InvalidRequest", (b) => rule(b).replace("office/", "private/")],
    ["no priority", "InvalidRequest", (b) => rule(b).replace(/<Priority>.*<\/Priority>/, "")],
    ["nothing about delete markers", "InvalidRequest", (b) => rule(b).replace(markers("Disabled"), "")],
    ["a priority twice", "InvalidRequest", (b) => rule(b) + rule(b)],
    [
      "delete markers by tags",
      "InvalidRequest",
      (b) => rule(b, { filter: "<Filter><Tag><Key>a</Key><Value>b</Value></Tag></Filter>", marked: "Enabled" }),
    ],
    ["two destinations", "NotImplemented", (b) => rule(b) + rule(b, { priority: 2 }).replace(destination(b), other)],
    [
      "another owner",
      "NotImplemented",
      (b) =>
        rule(b).replace(
          destination(b),
          more(b, "<AccessControlTranslation><Owner>Destination</Owner></AccessControlTranslation>"),
        ),
    ],
    [
      "another class",
      "NotImplemented",
      (b) => rule(b).replace(destination(b), more(b, "<StorageClass>GLACIER</StorageClass>")),
    ],
    ["another status", "MalformedXML", (b) => rule(b).replace("<Status>Enabled", "<Status>On")],
  ])("is refused for %s", { timeout: 20_000 }, async (_, code, rules) => {
    const bucket = await createPair();

    expect((await replicate(bucket, rules(bucket))).code).toBe(code);
    const read = await s3.call({ path: `/${bucket}`, query: { replication: "" } });
    expect(read.code).toBe("ReplicationConfigurationNotFoundError");
  });
});

describe("copies", () => {
  test("are the same bytes, metadata and checksum, and both sides say what they are", { timeout: 30_000 }, async () => {
    const bucket = await createPair();
    await replicate(bucket, rule(bucket));
    const body = Buffer.alloc(300_000, "some bytes,");
    for (const [key, bytes] of [
      ["a b/ü+%.txt", Buffer.from("small")],
      ["large", body],
      ["empty", Buffer.alloc(0)],
    ] as const) {
      const headers = { "content-type": "text/x-test", "cache-control": "no-store", "x-amz-meta-who": "me" };
      await s3.call({ method: "PUT", path: objectPath(bucket, key), body: bytes, headers });
      await completed(bucket, key);

      const original = await head(bucket, key);
      const copy = await head(bucket, key, remote, bob);
      expect(copy.headers).toMatchObject({ ...headers, "x-amz-replication-status": "REPLICA" });
      for (const name of ["etag", "content-length", "x-amz-checksum-crc64nvme"]) {
        expect([name, copy.headers[name]]).toEqual([name, original.headers[name]]);
      }
      const read = await remote.call({ path: objectPath(bucket, key), account: bob });
      expect(read.body.equals(bytes)).toBe(true);
    }
  });

  test("of multipart objects have the same parts, and the same etag", { timeout: 30_000 }, async () => {
    const bucket = await createPair();
    await replicate(bucket, rule(bucket));
    const path = objectPath(bucket, "parts");
    const created = await s3.call({
      method: "POST",
      path,
      query: { uploads: "" },
      headers: { "x-amz-checksum-algorithm": "CRC32", "x-amz-checksum-type": "COMPOSITE", "x-amz-meta-a": "b" },
    });
    const uploadId = created.one("UploadId") ?? "";
    const parts: string[] = [];
    for (const [at, bytes] of [Buffer.alloc(5 * mib, "a"), Buffer.alloc(1000, "b")].entries()) {
      const query = { partNumber: String(at + 1), uploadId };
      const part = await s3.call({
        method: "PUT",
        path,
        query,
        body: bytes,
        payload: "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
      });
      const crc = part.headers["x-amz-checksum-crc32"];
      parts.push(
        `<Part><PartNumber>${at + 1}</PartNumber><ETag>${part.headers.etag}</ETag><ChecksumCRC32>${crc}</ChecksumCRC32></Part>`,
      );
    }
    const body = `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`;
    expect((await s3.call({ method: "POST", path, query: { uploadId }, body })).code).toBeUndefined();
    await completed(bucket, "parts");

    const [original, copy] = [await head(bucket, "parts"), await head(bucket, "parts", remote, bob)];
    expect(original.headers.etag).toMatch(/-2"$/);
    for (const name of ["etag", "content-length", "x-amz-checksum-crc32", "x-amz-checksum-type", "x-amz-meta-a"]) {
      expect([name, copy.headers[name]]).toEqual([name, original.headers[name]]);
    }
    expect(copy.headers["x-amz-replication-status"]).toBe("REPLICA");
  });

  test("are made of what a rule names, and of nothing else", { timeout: 30_000 }, async () => {
    const bucket = await createPair();
    await s3.call({ method: "PUT", path: objectPath(bucket, "in/before"), body: "x" });
    await replicate(bucket, rule(bucket, { filter: "<Filter><Prefix>in/</Prefix></Filter>" }));
    await s3.call({ method: "PUT", path: objectPath(bucket, "out/a"), body: "x" });
    await s3.call({ method: "PUT", path: objectPath(bucket, "in/a"), body: "x" });
    await completed(bucket, "in/a");

    const listed = await remote.call({ path: `/${bucket}`, account: bob });
    expect(listed.all("Key")).toEqual(["in/a"]);
    expect([await statusOf(bucket, "in/before"), await statusOf(bucket, "out/a")]).toEqual([undefined, undefined]);
  });

  test("of delete markers are made when a rule says so; versions are never deleted there", {
    timeout: 30_000,
  }, async () => {
    const kept = await createPair();
    const marked = await createPair();
    await replicate(kept, rule(kept));
    await replicate(marked, rule(marked, { marked: "Enabled" }));
    for (const bucket of [kept, marked]) {
      const put = await s3.call({ method: "PUT", path: objectPath(bucket, "a"), body: "x" });
      await completed(bucket, "a");
      await s3.call({ method: "DELETE", path: objectPath(bucket, "a") });
      const versionId = put.headers["x-amz-version-id"] ?? "";
      await s3.call({ method: "DELETE", path: objectPath(bucket, "a"), query: { versionId } });
      await s3.call({ method: "PUT", path: objectPath(bucket, "b"), body: "x" });
      await completed(bucket, "b");
    }

    await expect.poll(async () => (await head(marked, "a", remote, bob)).status, { timeout: 15_000 }).toBe(404);
    expect((await head(kept, "a", remote, bob)).status).toBe(200);
    expect(await versionsThere(marked)).toBe(3);
  });

  test("of copies are not made, nor of delete markers that came as copies", { timeout: 60_000 }, async () => {
    const remotes = join(scratch, "other.json");
    const { accessKeyId, secretAccessKey } = ann;
    const common = { region: "us-east-1", allowedNetworks: ["127.0.0.0/8"] };
    const office = { ...common, name: "office", endpoint: here.endpoint, accessKeyId, secretAccessKey };
    await writeFile(remotes, JSON.stringify([office]));
    const args = ["--replication-remotes", remotes];
    const other = await startGateway({ dataDirectory: join(scratch, "other"), args });
    const otherS3 = createS3Client(other);
    const one = await startHere("one", other.port);
    const oneS3 = createS3Client(one);
    try {
      const bucket = "mirror";
      for (const [client, account] of [
        [oneS3, bob],
        [s3, ann],
        [otherS3, bob],
      ] as const) {
        await client.call({ method: "PUT", path: `/${bucket}`, account });
        await versioning(client, bucket, account);
      }
      // one → other → here: what came to `other` as a copy goes nowhere.
      const put = (client: S3Client) =>
        client.call({
          method: "PUT",
          path: `/${bucket}`,
          query: { replication: "" },
          body: `<ReplicationConfiguration><Role>any</Role>${rule(bucket, { marked: "Enabled" })}</ReplicationConfiguration>`,
          account: bob,
        });
      expect((await put(oneS3)).status).toBe(200);
      expect((await put(otherS3)).status).toBe(200);
      await oneS3.call({ method: "PUT", path: `/${bucket}/a`, body: "x", account: bob });
      await oneS3.call({ method: "DELETE", path: `/${bucket}/a`, account: bob });
      const gone = async () => (await head(bucket, "a", otherS3, bob)).headers["x-amz-delete-marker"];
      await expect.poll(gone, { timeout: 15_000 }).toBe("true");
      await otherS3.call({ method: "PUT", path: `/${bucket}/own`, body: "x", account: bob });
      await expect.poll(async () => (await head(bucket, "own")).status, { timeout: 15_000 }).toBe(200);

      const listed = await s3.call({ path: `/${bucket}`, query: { versions: "" } });
      expect(listed.all("Key")).toEqual(["own"]);
    } finally {
      await one.stop();
      await other.stop();
    }
  });
});

test("a remote that is away for a while gets everything, once, in spite of SIGKILL here and there", {
  timeout: 90_000,
}, async () => {
  const dataDirectory = join(scratch, "far");
  let far = await startGateway({ dataDirectory, workers: 1 });
  const farPort = far.port;
  const bucket = "durable";
  const farS3 = createS3Client(far);
  await farS3.call({ method: "PUT", path: `/${bucket}`, account: bob });
  await versioning(farS3, bucket, bob);
  let near = await startHere("near", farPort);
  let client = createS3Client(near);
  await client.call({ method: "PUT", path: `/${bucket}` });
  await versioning(client, bucket);
  expect((await replicate(bucket, rule(bucket), client)).status).toBe(200);

  const keys = Array.from({ length: 60 }, (_, at) => `k${String(at).padStart(3, "0")}`);
  const put = (key: string) => client.call({ method: "PUT", path: objectPath(bucket, key), body: `body of ${key}` });
  for (const key of keys.slice(0, 20)) await put(key);
  await far.kill();
  for (const key of keys.slice(20, 40)) await put(key);
  await expect.poll(() => near.log(), { timeout: 15_000 }).toContain("could not be delivered");
  expect(await statusOf(bucket, keys[39] ?? "", client)).toBe("PENDING");
  await near.kill();

  far = await startGateway({ dataDirectory, workers: 1, args: ["--port", String(farPort)] });
  near = await startHere("near", farPort);
  client = createS3Client(near);
  for (const key of keys.slice(40)) await put(key);
  for (const key of keys) {
    await expect.poll(() => statusOf(bucket, key, client), { timeout: 30_000 }).toBe("COMPLETED");
  }

  const listed = await createS3Client(far).call({ path: `/${bucket}`, query: { versions: "" }, account: bob });
  expect(listed.all("Key")).toEqual(keys); // one version each
  await near.stop();
  await far.stop();
});
