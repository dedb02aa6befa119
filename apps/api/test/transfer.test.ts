import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ann, startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { createS3Client } from "../src/services/s3-client.ts";
import { copyObject } from "../src/transfer/copy-object.ts";
import { engineAbilities, fullAbilities } from "../src/transfer/engine-abilities.ts";
import { hashObject } from "../src/transfer/hash-object.ts";
import { listObjects } from "../src/transfer/list-objects.ts";
import { listVersions } from "../src/transfer/list-versions.ts";
import { readObject } from "../src/transfer/read-object.ts";
import { runTransfers } from "../src/transfer/run-transfers.ts";
import { writeObject } from "../src/transfer/write-object.ts";

let gateways: TestGateway[] = [];
let source: S3Client;
let target: S3Client;
const closings: (() => void)[] = [];
beforeAll(async () => {
  gateways = await Promise.all([startGateway({ workers: 1 }), startGateway({ workers: 1 })]);
  [source, target] = gateways.map(({ endpoint }) => clientOf(endpoint)) as [S3Client, S3Client];
  for (const client of [source, target]) {
    for (const Bucket of ["plain", "versioned"]) await client.send(new CreateBucketCommand({ Bucket }));
    const VersioningConfiguration = { Status: "Enabled" } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket: "versioned", VersioningConfiguration }));
  }
}, 30_000);
afterAll(async () => {
  for (const close of closings) close();
  await Promise.all(gateways.map((gateway) => gateway.stop()));
});

function clientOf(endpoint: string): S3Client {
  const { accessKeyId, secretAccessKey } = ann;
  const client = createS3Client({ endpoint, region: "us-east-1", credentials: { accessKeyId, secretAccessKey } });
  closings.push(() => client.destroy());
  return client;
}

/** An engine that answers what a real one answers only when it is broken. */
async function brokenEngine(answer: RequestListener): Promise<S3Client> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  closings.push(() => server.close() && server.closeAllConnections());
  return clientOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const copy = (key: string, bucket = "plain") =>
  copyObject({
    from: { client: source, ref: { bucket, key } },
    to: { client: target, target: { bucket, key, abilities: fullAbilities } },
  });
const noDelay = { delaysMs: [0, 0] };

test("knows what an engine does, and leaves nothing behind", async () => {
  expect(await engineAbilities(target)).toEqual(fullAbilities);
});

test("copies an object with everything that belongs to it", async () => {
  const said = {
    ContentType: "text/x-strange",
    CacheControl: "max-age=5",
    ContentDisposition: 'attachment; filename="a.txt"',
    ContentEncoding: "gzip",
    ContentLanguage: "de",
    Expires: new Date("2031-02-03T04:05:06.000Z"),
    WebsiteRedirectLocation: "/elsewhere",
    Metadata: { colour: "blue", "two-words": "a b" },
  };
  const address = { Bucket: "plain", Key: "a b+c/ü&<%2F" };
  await source.send(new PutObjectCommand({ ...address, ...said, Tagging: "kind=a%20b%2Bc", Body: "hello" }));

  const copied = await copy(address.Key);

  const { ExpiresString, ...head } = await target.send(new HeadObjectCommand(address));
  expect(head).toMatchObject({ ...said, Expires: expect.anything(), ETag: `"${copied.etag}"`, ContentLength: 5 });
  expect(ExpiresString).toBe(said.Expires.toUTCString());
  const { TagSet } = await target.send(new GetObjectTaggingCommand(address));
  expect(TagSet).toEqual([{ Key: "kind", Value: "a b+c" }]);
  expect(copied).toMatchObject({ sizeBytes: 5, lost: [], sourceEtag: copied.etag });
  expect(await collect(listObjects(target, "plain", { prefix: "a b" }))).toMatchObject([{ key: address.Key }]);
});

test.each([0, 16 * 1024 ** 2, 16 * 1024 ** 2 + 1, 40 * 1024 ** 2])("copies %i bytes as they are", async (size) => {
  const bytes = Buffer.alloc(size, "0123456789abcde");
  const key = `size-${size}`;
  await source.send(new PutObjectCommand({ Bucket: "plain", Key: key, Body: bytes }));

  const copied = await copy(key);

  const sha256 = createHash("sha256").update(bytes).digest("hex");
  expect(copied).toMatchObject({ sha256, sizeBytes: size, isProven: true });
  expect(await hashObject(target, { bucket: "plain", key })).toEqual({ sha256, sizeBytes: size });
});

test("writes as one what the engine would not put together, and nothing of what is damaged", async () => {
  const abilities = { ...fullAbilities, multipart: false };
  const bytes = Buffer.alloc(20 * 1024 ** 2, "0123456789abcde");
  const address = { bucket: "plain", key: "as-one", abilities };
  const source = { headers: {}, sizeBytes: bytes.length };

  const written = await writeObject(target, address, { ...source, body: Readable.from([bytes]) });

  expect(written).toMatchObject({ etag: createHash("md5").update(bytes).digest("hex"), isProven: true });
  const damaged = { ...source, md5: "0".repeat(32), body: Readable.from([bytes]) };
  const broken = writeObject(target, { ...address, key: "broken" }, damaged);
  await expect(broken).rejects.toMatchObject({ code: "SourceDamaged" });
  const huge = { headers: {}, sizeBytes: 6 * 1024 ** 3, body: Readable.from([bytes]) };
  const refused = writeObject(target, { ...address, key: "huge" }, huge);
  await expect(refused).rejects.toMatchObject({ code: "TooLarge" });
  expect(await collect(listObjects(target, "plain", { prefix: "broken" }))).toEqual([]);
});

test("lists versions and delete markers in their order, also those of one second", async () => {
  const address = { Bucket: "versioned", Key: "k" };
  const ids: (string | undefined)[] = [];
  for (const Body of ["1", "2", undefined, "3", undefined, undefined]) {
    const command = Body === undefined ? new DeleteObjectCommand(address) : new PutObjectCommand({ ...address, Body });
    ids.unshift((await source.send(command as PutObjectCommand)).VersionId);
  }

  const listed = await collect(listVersions(source, "versioned"));

  expect(listed.map(({ versionId }) => versionId)).toEqual(ids);
  expect(listed.map(({ isDeleteMarker }) => isDeleteMarker)).toEqual([true, true, false, true, false, false]);
  expect(listed.map(({ isLatest }) => isLatest)).toEqual([true, false, false, false, false, false]);
});

const page = (inner: string) => `<ListBucketResult><Name>b</Name>${inner}</ListBucketResult>`;
const entry = "<Contents><Key>k</Key><Size>1</Size><LastModified>2020-01-01T00:00:00.000Z</LastModified></Contents>";

test.each([
  ["cut off without a token", page(`<IsTruncated>true</IsTruncated>${entry}`)],
  [
    "cut off with the same token again",
    page(`<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>${entry}`),
  ],
  ["without sizes", page("<IsTruncated>false</IsTruncated><Contents><Key>k</Key></Contents>")],
])("refuses a list that is %s", async (_, xml) => {
  const client = await brokenEngine((_request, response) => response.end(xml));

  await expect(collect(listObjects(client, "b"))).rejects.toMatchObject({ code: "ListBroken" });
});

test("refuses a list of versions that is cut off without a marker", async () => {
  const xml = "<ListVersionsResult><IsTruncated>true</IsTruncated></ListVersionsResult>";
  const client = await brokenEngine((_request, response) => response.end(xml));

  await expect(collect(listVersions(client, "b"))).rejects.toMatchObject({ code: "ListBroken" });
});

test("goes on with a body where the connection ended", async () => {
  const bytes = Buffer.alloc(1000, "0123456789");
  const ranges: (string | undefined)[] = [];
  const client = await brokenEngine((request, response) => {
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    ranges.push(request.headers.range);
    const part = bytes.subarray(from);
    const range = from === 0 ? {} : { "content-range": `bytes ${from}-999/1000` };
    response.writeHead(from === 0 ? 200 : 206, { etag: '"e"', "content-length": part.length, ...range });
    response.write(part.subarray(0, 400), () =>
      from === 800 ? response.end() : setImmediate(() => response.destroy()),
    );
    if (from === 800) response.end();
  });

  const { body } = await readObject(client, { bucket: "b", key: "k" }, { ...noDelay, tags: "none" });

  expect(Buffer.concat(await collect(body))).toEqual(bytes);
  expect(ranges).toEqual([undefined, "bytes=400-", "bytes=800-"]);
});

test("gives a body up that ends too early each time, and writes nothing", async () => {
  const client = await brokenEngine((_request, response) => {
    response.writeHead(200, { etag: '"e"', "content-length": 1000 }).write("x", () => response.destroy());
  });
  const from = { client, ref: { bucket: "b", key: "k" } };
  const to = { client: target, target: { bucket: "plain", key: "cut-off", abilities: fullAbilities } };

  await expect(copyObject({ from, to }, { ...noDelay, tags: "none" })).rejects.toThrow();
  expect(await collect(listObjects(target, "plain", { prefix: "cut-off" }))).toEqual([]);
});

test("does not write bytes that are not what the source's own checksum says", async () => {
  const etag = createHash("md5").update("other").digest("hex");
  const client = await brokenEngine((_request, response) => {
    response.writeHead(200, { etag: `"${etag}"`, "content-length": 5 }).end("bytes");
  });
  const from = { client, ref: { bucket: "b", key: "k" } };
  const to = { client: target, target: { bucket: "plain", key: "damaged", abilities: fullAbilities } };

  await expect(copyObject({ from, to }, { tags: "none" })).rejects.toMatchObject({ code: "SourceDamaged" });
  expect(await collect(listObjects(target, "plain", { prefix: "damaged" }))).toEqual([]);
});

test("does not take a target at its word that has stored something else", async () => {
  const client = await brokenEngine((request, response) => {
    request.resume().on("end", () => response.writeHead(200, { etag: `"${"0".repeat(32)}"` }).end());
  });
  const body = Readable.from([Buffer.from("hello")]);
  const abilities = { ...fullAbilities, checksums: false };

  const writing = writeObject(client, { bucket: "b", key: "k", abilities }, { headers: {}, body });

  await expect(writing).rejects.toMatchObject({ code: "TargetDiffers" });
});

test("tries again what a busy engine refuses, and not what is refused for good", async () => {
  let asked = 0;
  const client = await brokenEngine((request, response) => {
    asked += 1;
    const status = request.url?.includes("busy") === true ? (asked < 6 ? 503 : 200) : 403;
    response.writeHead(status, { etag: '"e"', "content-length": 0 }).end();
  });

  await readObject(client, { bucket: "b", key: "busy" }, { delaysMs: [0, 0, 0], tags: "none" });
  expect(asked).toBe(6);
  asked = 0;
  await expect(readObject(client, { bucket: "b", key: "no" }, { delaysMs: [0, 0], tags: "none" })).rejects.toThrow();
  expect(asked).toBe(1);
});

test("aborts an upload in parts whose source fails", async () => {
  const body = async function* () {
    yield Buffer.alloc(33 * 1024 ** 2);
    throw new Error("gone");
  };
  const address = { bucket: "plain", key: "unfinished", abilities: fullAbilities };

  await expect(writeObject(target, address, { headers: {}, body: body() })).rejects.toThrow("gone");
  const { Uploads = [] } = await target.send(new ListMultipartUploadsCommand({ Bucket: "plain" }));
  expect(Uploads).toEqual([]);
});

test("runs as many transfers at once as it may, and reports what failed by name", async () => {
  let running = 0;
  let most = 0;
  const done: string[] = [];
  const failed: string[] = [];
  const tasks = Array.from({ length: 20 }, (_, at) => ({
    name: `${at}`,
    run: async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (at % 5 === 0) throw new Error("no");
    },
  }));

  await runTransfers(tasks, {
    concurrency: 3,
    signal: new AbortController().signal,
    onDone: (_, name) => void done.push(name),
    onFailed: (_, name) => void failed.push(name),
  });

  expect(most).toBe(3);
  expect(failed.toSorted()).toEqual(["0", "10", "15", "5"]);
  expect(done).toHaveLength(16);
});

test("ends with what a report of a transfer throws, when nothing is under way any more", async () => {
  let running = 0;
  const run = async () => {
    running += 1;
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
  };
  const tasks = Array.from({ length: 10 }, (_, at) => ({ name: `${at}`, run }));
  const onDone = () => {
    throw new Error("the disk is full");
  };

  const work = runTransfers(tasks, { signal: new AbortController().signal, onDone, onFailed: () => {} });

  await expect(work).rejects.toThrow("the disk is full");
  expect(running).toBe(0);
});
