import { createHash } from "node:crypto";
import type { ObjectStore } from "@stave/object-store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { openRaw, requestHead } from "./support/raw-connection.ts";
import { createS3Client, md5, objectPath, type S3Client } from "./support/s3-client.ts";
import { ann, bob } from "./support/start-gateway.ts";

let gateway: MemoryGateway;
let s3: S3Client;
beforeAll(async () => {
  gateway = await startMemoryGateway();
  s3 = createS3Client(gateway);
  await s3.call({ method: "PUT", path: "/photos" });
});
afterAll(() => gateway.close());

describe("every answer", () => {
  test.each([
    ["a success", { path: "/" }],
    ["a 204", { method: "DELETE", path: "/photos/k" }],
    ["a 404", { path: "/photos/absent" }],
    ["a HEAD", { method: "HEAD", path: "/photos/absent" }],
    ["a 501", { method: "PUT", path: "/photos", query: { policy: "" } }],
    ["an anonymous 403", { path: "/", account: null }],
    ["a path that cannot be read", { path: "/photos/%ff", account: null }],
  ])("carries ids and the server's name: %s", async (_, request) => {
    const answer = await s3.call(request);

    expect(answer.headers["x-amz-request-id"]).toMatch(/^[0-9A-F]{16}$/);
    expect(answer.headers["x-amz-id-2"]).toMatch(/^[\w+/=]{10,}$/);
    expect(answer.headers.server).toBe("Stave");
    expect(answer.headers.date).toMatch(/ GMT$/);
  });

  test("has another request id", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => s3.call({ path: "/photos" })));

    expect(new Set(answers.map(({ headers }) => headers["x-amz-request-id"])).size).toBe(20);
  });

  test.each([
    ["no HTTP at all", "hello\r\n\r\n", "BadRequest"],
    ["a broken request line", "GET\r\n\r\n", "BadRequest"],
    ["a header without a colon", "GET / HTTP/1.1\r\nbroken\r\n\r\n", "BadRequest"],
    ["two lengths", "PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "BadRequest"],
    [
      "a length and chunks",
      "PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      "BadRequest",
    ],
    ["no Host", "GET / HTTP/1.1\r\n\r\n", "BadRequest"],
    ["no version", 'GET /photos?max-keys"HTTP/1.1\r\nHost: h\r\n\r\n', "BadRequest"],
    [
      "more than 16 KiB of headers",
      `GET / HTTP/1.1\r\nHost: h\r\nX-A: ${"a".repeat(20_000)}\r\n\r\n`,
      "RequestHeaderSectionTooLarge",
    ],
    ["101 headers", `GET / HTTP/1.1\r\nHost: h\r\n${"A: 1\r\n".repeat(100)}\r\n`, "RequestHeaderSectionTooLarge"],
  ])("is a document with an id, also to %s", async (_, bytes, code) => {
    const raw = await openRaw(gateway.port);
    raw.write(bytes);

    const answer = await raw.answer();
    raw.destroy();

    expect([answer?.status, answer?.code]).toEqual([400, code]);
    expect(answer?.headers["x-amz-request-id"]).toBe(answer?.one("RequestId"));
    expect(answer?.one("RequestId")).toMatch(/^[0-9A-F]{16}$/);
  });
});

describe("an error document", () => {
  test("says what, about which resource, under which id", async () => {
    const answer = await s3.call({ path: objectPath("photos", "a&b <c>") });

    expect(answer.headers["content-type"]).toBe("application/xml");
    expect(answer.text).toMatch(/^<\?xml version="1.0" encoding="UTF-8"\?>\n?<Error><Code>NoSuchKey<\/Code><Message>/);
    expect(answer.one("Key")).toBe("a&b <c>");
    expect(answer.one("RequestId")).toBe(answer.headers["x-amz-request-id"]);
    expect(answer.one("HostId")).toBe(answer.headers["x-amz-id-2"]);
    expect(answer.one("Resource")).toBe("/photos/a%26b%20%3Cc%3E");
  });

  test("is well formed whatever was in the request line", async () => {
    const raw = await openRaw(gateway.port);
    raw.write("GET /photos/\xff\x01<&'\" HTTP/1.1\r\nHost: h\r\n\r\n");

    const answer = await raw.answer();
    raw.destroy();

    expect(answer?.status).toBe(400);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    expect(answer?.text).not.toMatch(/[\x00-\x08\x0b\x0c\x0e-\x1f]|&(?!\w+;|#)/);
  });
});

describe("who may", () => {
  test.each([
    ["GET", "/photos"],
    ["GET", "/photos/k"],
    ["HEAD", "/photos/k"],
    ["PUT", "/photos/k"],
    ["DELETE", "/photos/k"],
    ["POST", "/photos/k?uploads"],
    ["POST", "/photos?delete"],
    ["DELETE", "/photos"],
    ["PUT", "/photos?versioning"],
  ])("%s %s is 403 for others, with the bucket's region, and changes nothing", async (method, target) => {
    await s3.call({ method: "PUT", path: "/photos/k", body: "kept" });
    const [path = "", parameter] = target.split("?");
    const query: Record<string, string> = parameter === undefined ? {} : { [parameter]: "" };

    for (const account of [bob, null]) {
      const answer = await s3.call({ method, path, query, account, body: method === "GET" ? "" : "new" });

      expect(answer.status).toBe(403);
      if (method !== "HEAD") expect(answer.code).toBe("AccessDenied");
      expect(answer.headers["x-amz-bucket-region"]).toBe("us-east-1");
    }
    expect((await s3.call({ path: "/photos/k" })).text).toBe("kept");
    expect((await gateway.store.listUploads("photos", { maxUploads: 1 })).uploads).toEqual([]);
    expect((await gateway.store.readBucket("photos"))?.versioning).toBeUndefined();
  });

  test("a missing bucket is 404 for everybody", async () => {
    for (const account of [ann, bob, null]) {
      const answer = await s3.call({ path: "/absent/k", account });

      expect([answer.status, answer.code, answer.one("BucketName")]).toEqual([404, "NoSuchBucket", "absent"]);
    }
  });
});

describe("signatures", () => {
  test.each<[string, object, number, string]>([
    ["an unknown key", { account: { ...ann, accessKeyId: "AKIANOBODY" } }, 403, "InvalidAccessKeyId"],
    ["a wrong secret", { account: { ...ann, secretAccessKey: "wrong-secret" } }, 403, "SignatureDoesNotMatch"],
    ["another region", { region: "eu-west-1" }, 400, "AuthorizationHeaderMalformed"],
    ["a clock that is 16 minutes slow", { signingDate: new Date(Date.now() - 960_000) }, 403, "RequestTimeTooSkewed"],
    ["a clock that is 16 minutes fast", { signingDate: new Date(Date.now() + 960_000) }, 403, "RequestTimeTooSkewed"],
    [
      "SigV2",
      { account: null, headers: { authorization: "AWS key:signature", date: new Date().toUTCString() } },
      400,
      "InvalidRequest",
    ],
    ["another scheme", { account: null, headers: { authorization: "Bearer token" } }, 400, "InvalidArgument"],
    ["SigV4A chunks", { payload: "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD" }, 501, "NotImplemented"],
    ["an unknown payload mode", { payload: "STREAMING-SOMETHING" }, 400, "InvalidArgument"],
    ["a session token", { headers: { "x-amz-security-token": "t" } }, 400, "InvalidToken"],
  ])("with %s are refused", async (_, request, status, code) => {
    const answer = await s3.call({ path: "/photos", ...request });

    expect([answer.status, answer.code]).toEqual([status, code]);
  });

  test("the right region is named to clients that took another", async () => {
    const answer = await s3.call({ path: "/photos", region: "eu-west-1" });

    expect(answer.one("Region")).toBe("us-east-1");
  });

  test("a presigned URL works for its time and its method only", async () => {
    await s3.call({ method: "PUT", path: "/photos/signed", body: "x" });
    const path = "/photos/signed";
    const valid = await s3.presign({ path });
    const old = await s3.presign({ path, signingDate: new Date(Date.now() - 120_000) });
    const early = await s3.presign({ path, signingDate: new Date(Date.now() + 960_000) });

    const answers = await Promise.all([valid, old, early, { ...valid, method: "HEAD" }].map((it) => s3.send(it)));

    expect(answers.map(({ status, code }) => [status, code])).toEqual([
      [200, undefined],
      [403, "AccessDenied"],
      [403, "AccessDenied"],
      [403, undefined],
    ]);
    expect(answers[1]?.text).toContain("Request has expired");
    expect(answers[2]?.text).toContain("Request is not valid yet");
  });

  test.each([
    ["PUT", "/photos", "versioning"],
    ["POST", "/photos", "delete"],
    ["PUT", "/photos-new", undefined],
    ["POST", "/photos/k", "uploads"],
    ["GET", "/photos/k", undefined],
    ["DELETE", "/photos/k", undefined],
  ])("%s %s ?%s takes no aws-chunked body", async (method, path, parameter) => {
    const query: Record<string, string> = parameter === undefined ? {} : { [parameter]: "" };
    const request = { method, path, query, payload: "STREAMING-UNSIGNED-PAYLOAD-TRAILER" };

    const answer = await s3.call(request);

    expect([answer.status, answer.code]).toEqual([400, "InvalidRequest"]);
  });
});

describe("when something breaks inside", () => {
  const secret = "/data/secret-path: EIO";
  const fail = () => Promise.reject(new Error(secret));

  async function broken(methods: Partial<ObjectStore>): Promise<MemoryGateway> {
    return startMemoryGateway({ wrapStore: (store) => ({ ...store, ...methods }) });
  }

  test("the client gets a fixed text, the operator the cause under the same id", async () => {
    const failing = await broken({ headObject: fail });
    const client = createS3Client(failing);
    await client.call({ method: "PUT", path: "/photos" });

    const answer = await client.call({ path: "/photos/k", query: { tagging: "" } });
    const record = failing.records.at(-1);
    await failing.close();

    expect([answer.status, answer.code]).toEqual([500, "InternalError"]);
    expect(answer.text).not.toContain("secret-path");
    expect(record).toMatchObject({ requestId: answer.one("RequestId"), status: 500, failure: new Error(secret) });
  });

  test("one key of many fails alone, and the operator learns why", async () => {
    const failing = await broken({ deleteObject: fail });
    const client = createS3Client(failing);
    await client.call({ method: "PUT", path: "/photos" });
    const body = "<Delete><Object><Key>k</Key></Object></Delete>";
    const headers = { "content-md5": createHash("md5").update(body).digest("base64") };

    const answer = await client.call({ method: "POST", path: "/photos", query: { delete: "" }, body, headers });
    const record = failing.records.at(-1);
    await failing.close();

    expect([answer.status, answer.all("Key"), answer.all("Code")]).toEqual([200, ["k"], ["InternalError"]]);
    expect(answer.text).not.toContain("secret-path");
    expect(record).toMatchObject({ status: 200, failure: new Error(secret) });
  });

  test("bytes that cannot be read cut the connection instead of ending the body early", async () => {
    async function* half(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("half");
      throw new Error(secret);
    }
    const failing = await startMemoryGateway({
      wrapStore: (store) => ({
        ...store,
        openObject: async (address, versionId) => {
          const open = await store.openObject(address, versionId);
          if (open === undefined || !("version" in open)) return open;
          const { bytes: _, ...rest } = open;
          return { ...rest, read: half };
        },
      }),
    });
    const client = createS3Client(failing);
    await client.call({ method: "PUT", path: "/photos" });
    await client.call({ method: "PUT", path: "/photos/k", body: "half and half" });

    await expect(client.call({ path: "/photos/k" })).rejects.toThrow(/aborted|hang up|reset/i);
    const record = failing.records.at(-1);
    await failing.close();

    expect(record).toMatchObject({ status: 200, failure: new Error(secret) });
  });

  test("metadata that no header can carry cuts the connection and is reported", async () => {
    const failing = await startMemoryGateway();
    const client = createS3Client(failing);
    await client.call({ method: "PUT", path: "/photos" });
    const metadata = { headers: { "content-type": "a\nb" }, user: {} };
    await failing.store.putObject({ bucket: "photos", key: "k" }, (async function* () {})(), {
      ownerId: ann.id,
      metadata,
    });

    for (const method of ["GET", "HEAD"]) {
      await expect(client.call({ method, path: "/photos/k" })).rejects.toThrow(/hang up|reset/i);
    }
    const failures = failing.records.slice(-2).map(({ failure }) => failure);
    await failing.close();

    expect(failures).toEqual([expect.any(TypeError), expect.any(TypeError)]);
  });
});

test("a record has the path, never the query", async () => {
  await s3.send(await s3.presign({ path: "/photos/recorded" }));

  const record = gateway.records.at(-1);

  expect(record).toMatchObject({ operation: "GetObject", path: "/photos/recorded", accessKeyId: ann.accessKeyId });
  expect(JSON.stringify(record)).not.toMatch(/signature/i);
});

test("security S32: no origin is allowed that no rule names", async () => {
  for (const origin of ["https://evil.example", "null"]) {
    const answer = await s3.call({ path: "/photos", headers: { origin } });
    const preflight = await s3.call({
      method: "OPTIONS",
      path: "/photos/k",
      account: null,
      headers: { origin, "access-control-request-method": "GET" },
    });

    for (const { headers } of [answer, preflight]) {
      expect(Object.keys(headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
    }
    expect(preflight.status).toBeGreaterThanOrEqual(400);
  }
});

test("security S37: the S3 port has buckets and nothing else", async () => {
  for (const path of ["/metrics", "/debug/pprof", "/livez", "/readyz", "/minio/admin/v3/info", "/health"]) {
    const answer = await s3.call({ path, account: null });

    expect([answer.status, answer.code]).toEqual([404, "NoSuchBucket"]);
  }
});

test("a request that asks to be continued and has no use for its body leaves no doubt about what comes next", async () => {
  const request = await s3.sign({ path: "/photos", headers: { expect: "100-continue", "content-length": "10" } });
  const raw = await openRaw(gateway.port);
  raw.write(requestHead(request));

  const answer = await raw.answer();
  await raw.closed;

  expect([answer?.status, answer?.headers.connection]).toEqual([200, "close"]);
});

test("a request that sends a body where none is used is answered, and its connection ends", async () => {
  const request = await s3.sign({ path: "/photos", headers: { "content-length": "10" } });
  const raw = await openRaw(gateway.port);
  raw.write(requestHead(request));

  const answer = await raw.answer();
  raw.destroy();

  expect([answer?.status, answer?.headers.connection]).toEqual([200, "close"]);
});

test("other connections stay for the next request", async () => {
  const raw = await openRaw(gateway.port);
  for (const request of [
    { path: "/photos" },
    { method: "PUT", path: "/photos/again", body: "x" },
    { path: "/photos/none" },
  ]) {
    const wire = await s3.sign(request);
    raw.write(Buffer.concat([requestHead(wire), wire.body]));

    const answer = await raw.answer();

    expect(answer?.headers.connection).toBe("keep-alive");
  }
  raw.destroy();
});

test("a broken request behind one that is being answered does not write into its answer", async () => {
  await s3.call({ method: "PUT", path: "/photos/large", body: Buffer.alloc(8 * 1024 * 1024) });
  const wire = await s3.sign({ path: "/photos/large" });
  const raw = await openRaw(gateway.port);
  raw.write(Buffer.concat([requestHead(wire), Buffer.from("broken\r\n\r\n")]));

  await raw.closed;
  raw.destroy();

  expect(raw.received().includes("<Error>")).toBe(false);
});

test("good requests are answered in their order when what follows them cannot be read", async () => {
  const raw = await openRaw(gateway.port);
  const head = (path: string) => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`;

  raw.write(`${head("/photos/one")}${head("/none/two")}\x00\x01 no request\r\n\r\n${head("/photos/three")}`);

  expect([(await raw.answer())?.code, (await raw.answer())?.code]).toEqual(["AccessDenied", "NoSuchBucket"]);
  expect(await raw.answer()).toBeUndefined();
  await raw.closed;
});

test("CONNECT is answered, and is no tunnel", async () => {
  const raw = await openRaw(gateway.port);
  raw.write("CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\nGET /photos HTTP/1.1\r\nHost: h\r\n\r\n");

  const answer = await raw.answer();
  const more = await raw.answer();

  expect([answer?.status, answer?.code, answer?.headers.connection]).toEqual([405, "MethodNotAllowed", "close"]);
  expect(answer?.one("RequestId")).toBe(answer?.headers["x-amz-request-id"]);
  expect(more).toBeUndefined();
  raw.destroy();
});

test("a client that waits to be continued waits for the answers to its earlier requests first", async () => {
  // Late enough that both requests are here before the first is answered.
  await s3.call({ method: "PUT", path: "/photos/large", body: Buffer.alloc(8 * 1024 * 1024) });
  const first = await s3.sign({ path: "/photos/large" });
  const second = await s3.sign({
    method: "PUT",
    path: "/photos/second",
    body: "x",
    headers: { "content-md5": md5Base64("y") },
    unsignedHeaders: { expect: "100-continue" },
  });
  const raw = await openRaw(gateway.port);
  raw.write(Buffer.concat([requestHead(first), requestHead(second), second.body]));

  const answers = [await raw.answer(), await raw.answer(), await raw.answer()];
  raw.destroy();

  const [large, ...rest] = answers;
  const refusal = rest.find((answer) => answer?.status === 400);
  expect(large?.status).toBe(200);
  expect(refusal?.code).toBe("BadDigest");
  expect(refusal?.text).toMatch(/^<\?xml/); // not the interim answer, between a head and its document
});

function md5Base64(text: string): string {
  return Buffer.from(md5(text), "hex").toString("base64");
}
