import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, type IncomingMessage, request } from "node:http";
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  S3Client as SdkClient,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openRaw, requestHead } from "../../gateway/test/support/raw-connection.ts";
import { createS3Client, objectPath, type S3Client, streamingModes } from "../../gateway/test/support/s3-client.ts";
import { ann, startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { startApi, type TestApi } from "./support/start-api.ts";
import { waitFor } from "./support/wait-for.ts";

// Some start another api, which takes seconds on a machine that is busy.
vi.setConfig({ testTimeout: 20_000 });

const mount = "/storage/v1/s3";

let gateway: TestGateway;
let api: TestApi;
let direct: S3Client;
let through: S3Client;
beforeAll(async () => {
  gateway = await startGateway({ args: ["--trusted-proxies", "127.0.0.1", "--log-level", "debug"] });
  api = await startApi(gateway, { args: ["--rate-limit", "1", "--trusted-proxies", "127.0.0.0/8"] });
  direct = createS3Client(gateway);
  through = createS3Client({ port: Number(new URL(api.endpoint).port) });
  expect((await through.call({ method: "PUT", path: `${mount}/photos` })).status).toBe(200);
}, 60_000);
afterAll(async () => {
  await api?.stop();
  await gateway?.stop();
});

test.each(["a/b%2Fc+d e", "//x//", "ä ö/€", "100%/..", "q?x=1&y#z", "'(*)!~", "trailing/"])(
  "the key %s is the same object at both ports",
  async (key) => {
    const path = objectPath("photos", key);
    expect((await through.call({ method: "PUT", path: mount + path, body: key })).status).toBe(200);
    expect((await direct.call({ path })).text).toBe(key);
    expect((await through.call({ path: mount + path })).text).toBe(key);
    const listed = await through.call({ path: `${mount}/photos`, query: { "list-type": "2", prefix: key } });
    expect(listed.all("Key")).toEqual([key]);
  },
);

test.each(streamingModes)(
  "an upload in the mode %s arrives, and a wrong checksum of it is refused",
  async (payload) => {
    const body = randomBytes(300_000);
    const path = `${mount}/photos/streamed`;
    expect((await through.call({ method: "PUT", path, body, payload })).status).toBe(200);
    expect((await through.call({ path })).body.equals(body)).toBe(true);
    if (!payload.endsWith("-TRAILER")) return;
    const trailer = ["x-amz-checksum-crc32", "AAAAAA=="] as const;
    expect((await through.call({ method: "PUT", path, body, payload, trailer })).code).toBe("BadDigest");
  },
);

test("a presigned URL for this port works here alone", async () => {
  await through.call({ method: "PUT", path: `${mount}/photos/presigned`, body: "content" });
  const url = await through.presign({ path: `${mount}/photos/presigned` });
  expect((await through.send(url)).text).toBe("content");
  const elsewhere = { ...url, headers: { ...url.headers, host: `127.0.0.1:${gateway.port}` } };
  expect((await direct.send(elsewhere)).code).toBe("SignatureDoesNotMatch");
});

test("the SDK uploads 64 MiB in parts and reads it again", { timeout: 30_000 }, async () => {
  const { accessKeyId, secretAccessKey } = ann;
  const sdk = new SdkClient({
    endpoint: `${api.endpoint}${mount}`,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  const at = { Bucket: "photos", Key: "in parts+%2F" };
  const body = randomBytes(8 * 1024 * 1024);
  const { UploadId } = await sdk.send(new CreateMultipartUploadCommand(at));
  const Parts = await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      const PartNumber = index + 1;
      const { ETag } = await sdk.send(new UploadPartCommand({ ...at, UploadId, PartNumber, Body: body }));
      return { PartNumber, ETag };
    }),
  );
  await sdk.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }));
  const { Body, ContentLength } = await sdk.send(new GetObjectCommand(at));
  expect(ContentLength).toBe(8 * body.length);
  const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
  expect(bytes.subarray(7 * body.length).equals(body)).toBe(true);
  sdk.destroy();
});

test("the rate limit of the REST API is not for S3", async () => {
  await api.call("/api/status");
  expect((await api.call("/api/status")).status).toBe(429);
  for (let count = 0; count < 5; count += 1) expect((await through.call({ path: mount })).status).toBe(200);
});

test("security S15: networks are those of the client that the api sees", async () => {
  const Resource = "arn:aws:s3:::photos/office";
  const Condition = { IpAddress: { "aws:SourceIp": "192.0.2.0/24" } };
  const Statement = [{ Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource, Condition }];
  const body = JSON.stringify({ Version: "2012-10-17", Statement });
  await direct.call({ method: "PUT", path: "/photos/office", body: "inside" });
  expect((await direct.call({ method: "PUT", path: "/photos", query: { policy: "" }, body })).status).toBe(204);
  const read = async (address: string, client = through) => {
    const headers = { "x-forwarded-for": address };
    return (await client.call({ path: `${mount}/photos/office`, account: null, headers })).status;
  };
  expect([await read("192.0.2.7"), await read("198.51.100.1"), await read("192.0.2.7, 198.51.100.1")]).toEqual([
    200, 403, 403,
  ]);
  // For an api that trusts nobody, who says so is only 127.0.0.1.
  const strict = await startApi(gateway);
  const port = Number(new URL(strict.endpoint).port);
  expect(await read("192.0.2.7", createS3Client({ port }))).toBe(403);
  await strict.stop();
});

describe("a body of which not all comes", () => {
  test("is not sent before the gateway has asked for it", async () => {
    for (const [secretAccessKey, status] of [
      ["wrong", 403],
      [ann.secretAccessKey, 100],
    ] as const) {
      const account = { ...ann, secretAccessKey };
      const headers = { expect: "100-continue" };
      const wire = await through.sign({
        method: "PUT",
        path: `${mount}/photos/asked`,
        body: "body",
        account,
        unsignedHeaders: headers,
      });
      const connection = await openRaw(through.port);
      connection.write(requestHead(wire));
      expect((await connection.answer())?.status).toBe(status);
      if (status === 100) {
        connection.write("body");
        expect((await connection.answer())?.status).toBe(200);
      }
      connection.destroy();
    }
    expect((await direct.call({ path: "/photos/asked" })).text).toBe("body");
  });

  test("is no object", async () => {
    const path = `${mount}/photos/cut-off`;
    const wire = await through.sign({ method: "PUT", path, body: Buffer.alloc(100_000), payload: "UNSIGNED-PAYLOAD" });
    const connection = await openRaw(through.port);
    connection.write(requestHead(wire));
    connection.write(Buffer.alloc(50_000));
    connection.destroy();
    await waitFor(async () => gateway.log().includes(`"path":"${path}"`));
    expect((await direct.call({ path: "/photos/cut-off" })).status).toBe(404);
  });
});

// 2 GiB through two processes: some seconds on a small machine.
test("1 GiB each way takes no memory", { timeout: 120_000 }, async () => {
  const sizeBytes = 1024 ** 3;
  const path = `${mount}/photos/large`;
  const agent = new Agent({ keepAlive: true });
  const block = Buffer.alloc(1024 * 1024, 7);
  const open = async (method: string) => {
    const { headers, target } = await through.sign({ method, path, payload: "UNSIGNED-PAYLOAD" });
    const length = { "content-length": method === "PUT" ? sizeBytes : 0 };
    const outgoing = request({ port: through.port, host: "127.0.0.1", method, path: target, agent });
    for (const [name, value] of Object.entries({ ...headers, ...length })) outgoing.setHeader(name, value);
    return outgoing;
  };
  const upload = await open("PUT");
  const answered = once(upload, "response");
  for (let sent = 0; sent < sizeBytes; sent += block.length) {
    if (!upload.write(block)) await once(upload, "drain");
  }
  upload.end();
  const [stored] = (await answered) as [IncomingMessage];
  expect(stored.resume().statusCode).toBe(200);

  const download = await open("GET");
  download.end();
  const [answer] = (await once(download, "response")) as [IncomingMessage];
  let received = 0;
  for await (const chunk of answer) received += (chunk as Buffer).length;
  expect(received).toBe(sizeBytes);
  agent.destroy();
  // The nursery and buffers that wait for it to be swept, whatever the size of the object.
  expect(peakMib(api)).toBeLessThan(320);
});

test("a gateway that dies in the middle cuts the answer off, and is 503 until it is back", {
  timeout: 60_000,
}, async () => {
  const dying = await startGateway({ workers: 1 });
  const own = await startApi(dying);
  const s3 = createS3Client({ port: Number(new URL(own.endpoint).port) });
  await s3.call({ method: "PUT", path: `${mount}/photos` });
  await s3.call({ method: "PUT", path: `${mount}/photos/large`, body: Buffer.alloc(32 * 1024 * 1024) });

  const wire = await s3.sign({ path: `${mount}/photos/large` });
  const connection = await openRaw(s3.port);
  connection.pause();
  connection.write(requestHead(wire));
  const upload = await s3.sign({ method: "PUT", path: `${mount}/photos/new`, body: "12", payload: "UNSIGNED-PAYLOAD" });
  const uploading = await openRaw(s3.port);
  uploading.write(requestHead(upload));
  uploading.write("1");
  connection.read(1);
  await waitFor(async () => {
    connection.read(1);
    return connection.received().length > 0;
  });
  await dying.kill();
  expect(await uploading.answer()).toMatchObject({ status: 503, code: "ServiceUnavailable" });

  const answer = await s3.call({ path: `${mount}/photos/large` });
  expect([answer.status, answer.code, answer.headers["retry-after"]]).toEqual([503, "ServiceUnavailable", "1"]);
  expect((await s3.call({ method: "HEAD", path: `${mount}/photos/large` })).status).toBe(503);
  expect(own.log().match(/does not answer: S3 is refused/g)).toHaveLength(1);
  connection.destroy();
  await own.stop();
});

/** The most memory that the process has had at a time. Elsewhere than on Linux nobody says. */
function peakMib({ child }: TestApi): number {
  if (process.platform !== "linux") return 0;
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
}
