import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { crc32Base64 } from "./support/chunked-body.ts";
import { startMemoryGateway } from "./support/memory-gateway.ts";
import { openRaw, requestHead } from "./support/raw-connection.ts";
import {
  createS3Client,
  type S3Answer,
  type S3Client,
  type S3Request,
  type StreamingMode,
  type WireRequest,
} from "./support/s3-client.ts";
import { startGateway } from "./support/start-gateway.ts";

const maxObjectBytes = 3 * 1024 * 1024;
/** Large enough to be a file of its own while it is received. */
const body = Buffer.from(Array.from({ length: 512 * 1024 }, (_, at) => (at * 7 + (at >> 8)) % 256));
const signed: StreamingMode = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
const signedTrailer: StreamingMode = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
const unsignedTrailer: StreamingMode = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

type BadBody = {
  readonly title: string;
  readonly code: string;
  readonly request?: Partial<S3Request>;
  /** What happens to the request between its signer and the wire. */
  readonly change?: (request: WireRequest) => WireRequest;
};

const badBodies: readonly BadBody[] = [
  {
    title: "has another SHA-256 than was signed",
    code: "XAmzContentSHA256Mismatch",
    change: (request) => ({ ...request, body: flipped(request.body, 1000) }),
  },
  {
    title: "is one byte shorter than what was signed",
    code: "XAmzContentSHA256Mismatch",
    change: (request) => withBody(request, request.body.subarray(1)),
  },
  {
    title: "has another Content-MD5",
    code: "BadDigest",
    request: { headers: { "content-md5": "1B2M2Y8AsgTpgAmY7PhCfg==" } },
  },
  {
    title: "has another CRC32",
    code: "BadDigest",
    request: { headers: { "x-amz-checksum-crc32": "AAAAAA==" } },
  },
  {
    title: "has another SHA-256 as its checksum, unsigned otherwise",
    code: "BadDigest",
    request: {
      payload: "UNSIGNED-PAYLOAD",
      headers: { "x-amz-checksum-sha256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" },
    },
  },
  ...[signed, signedTrailer].flatMap((payload): BadBody[] => [
    {
      title: `has a wrong signature in its first chunk, ${payload}`,
      code: "SignatureDoesNotMatch",
      request: { payload },
      change: (request) => ({ ...request, body: flipped(request.body, request.body.indexOf("signature=") + 10) }),
    },
    {
      title: `has a wrong signature in its last chunk of data, ${payload}`,
      code: "SignatureDoesNotMatch",
      request: { payload },
      change: (request) => ({ ...request, body: flipped(request.body, chunkSignature(request.body, -2)) }),
    },
    {
      title: `has a wrong signature in its terminator, ${payload}`,
      code: "SignatureDoesNotMatch",
      request: { payload },
      change: (request) => ({ ...request, body: flipped(request.body, chunkSignature(request.body, -1)) }),
    },
    {
      title: `has a changed byte in its last chunk, ${payload}`,
      code: "SignatureDoesNotMatch",
      request: { payload },
      change: (request) => ({ ...request, body: flipped(request.body, chunkSignature(request.body, -2) + 100) }),
    },
    {
      title: `lacks a chunk, ${payload}`,
      code: "SignatureDoesNotMatch",
      request: { payload },
      change: (request) => withBody(request, withoutSecondChunk(request.body)),
    },
  ]),
  {
    title: "has a wrong trailer signature",
    code: "SignatureDoesNotMatch",
    request: { payload: signedTrailer },
    change: (request) => {
      return { ...request, body: flipped(request.body, request.body.indexOf("x-amz-trailer-signature:") + 30) };
    },
  },
  ...[signedTrailer, unsignedTrailer].flatMap((payload): BadBody[] => [
    {
      title: `has a trailer with another checksum, ${payload}`,
      code: "BadDigest",
      request: { payload, trailer: ["x-amz-checksum-crc32", "AAAAAA=="] },
    },
    {
      title: `has a trailer that was not announced, ${payload}`,
      code: "MalformedTrailerError",
      request: {
        payload,
        headers: { "x-amz-trailer": "x-amz-checksum-crc32c" },
        trailer: ["x-amz-checksum-crc32", crc32Base64(body)],
      },
    },
  ]),
  ...[signed, signedTrailer, unsignedTrailer].flatMap((payload): BadBody[] => [
    {
      title: `is shorter than its decoded length, ${payload}`,
      code: "IncompleteBody",
      request: { payload, headers: { "x-amz-decoded-content-length": String(body.length + 1) } },
    },
    {
      title: `is longer than its decoded length, ${payload}`,
      code: "IncompleteBody",
      request: { payload, headers: { "x-amz-decoded-content-length": String(body.length - 1) } },
    },
    {
      title: `ends in the middle of a chunk, ${payload}`,
      code: "IncompleteBody",
      request: { payload },
      change: (request) => withBody(request, request.body.subarray(0, request.body.length - 100_000)),
    },
    {
      title: `goes on after its end, ${payload}`,
      code: "IncompleteBody",
      request: { payload },
      change: (request) => withBody(request, Buffer.concat([request.body, Buffer.from("more")])),
    },
    {
      title: `has a chunk size that is no number, ${payload}`,
      code: "IncompleteBody",
      request: { payload },
      change: (request) => withBody(request, Buffer.concat([Buffer.from("x"), request.body])),
    },
    {
      title: `has a declared size over the limit, ${payload}`,
      code: "EntityTooLarge",
      request: { payload, headers: { "x-amz-decoded-content-length": String(maxObjectBytes + 1) } },
    },
    {
      title: `has no decoded length, ${payload}`,
      code: "MissingContentLength",
      request: { payload, headers: { "x-amz-decoded-content-length": "many" } },
    },
  ]),
  {
    title: "is larger than the limit, as declared",
    code: "EntityTooLarge",
    request: { body: Buffer.alloc(maxObjectBytes + 1), payload: "UNSIGNED-PAYLOAD" },
  },
  {
    title: "is larger than the limit, in a chunked transfer that declares nothing",
    code: "EntityTooLarge",
    request: {
      body: Buffer.alloc(maxObjectBytes + 1),
      payload: "UNSIGNED-PAYLOAD",
      unsignedHeaders: { "transfer-encoding": "chunked" },
    },
  },
];

type Server = {
  readonly port: number;
  /** Files of bodies on disk. */
  files(): Promise<readonly string[]>;
  /** Waits until what a client left behind has been noticed. */
  settle(): Promise<void>;
  stop(): Promise<unknown>;
};

const servers: Record<string, () => Promise<Server>> = {
  "the memory store": async () => {
    const gateway = await startMemoryGateway({ maxObjectBytes });
    const settle = async () => {
      while (gateway.records.at(-1)?.failure === undefined && gateway.records.at(-1)?.errorCode !== "IncompleteBody") {
        await gateway.nextRecord();
      }
    };
    return { port: gateway.port, files: async () => [], settle, stop: gateway.close };
  },
  "the real gateway": async () => {
    const gateway = await startGateway({ workers: 1, args: ["--max-object-bytes", String(maxObjectBytes)] });
    const blobs = join(gateway.dataDirectory, "blobs");
    await mkdir(blobs, { recursive: true });
    const files = async () => {
      const entries = await readdir(blobs, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    };
    const settle = () => expect.poll(files, { timeout: 5000, interval: 10 }).toEqual([]);
    return { port: gateway.port, files, settle, stop: gateway.stop };
  },
};

describe.each(Object.entries(servers))("on %s", (name, start) => {
  let server: Server;
  let s3: S3Client;
  let uploadId = "";
  beforeAll(async () => {
    server = await start();
    s3 = createS3Client(server);
    await s3.call({ method: "PUT", path: "/bodies" });
    uploadId =
      (await s3.call({ method: "POST", path: "/bodies/upload", query: { uploads: "" } })).one("UploadId") ?? "";
  }, 30_000);
  afterAll(() => server.stop());
  beforeEach(() => s3.call({ method: "PUT", path: "/bodies/old", body: "old" }));

  afterEach(async () => {
    expect((await s3.call({ path: "/bodies/old" })).text).toBe("old");
    expect((await s3.call({ path: "/bodies/new" })).code).toBe("NoSuchKey");
    expect((await s3.call({ path: "/bodies/upload", query: { uploadId } })).all("PartNumber")).toEqual([]);
    await expect.poll(() => server.files()).toEqual([]); // removed behind the answer
  });

  const targets = {
    "an object that exists": () => ({ method: "PUT", path: "/bodies/old" }),
    "a new key": () => ({ method: "PUT", path: "/bodies/new" }),
    "a part": () => ({ method: "PUT", path: "/bodies/upload", query: { uploadId, partNumber: "1" } }),
  };

  describe.each(Object.entries(targets))("for %s", (_, target) => {
    test.each(badBodies)("nothing is kept of a body that $title", async ({ code, request, change = (it) => it }) => {
      const answer = await s3.send(change(await s3.sign({ ...target(), body, ...request })));

      expect(answer.code).toBe(code);
      expect(answer.status).toBe(statusOf(code));
      expect(answer.one("RequestId")).toBe(answer.headers["x-amz-request-id"]);
    });

    test("nothing is kept when the client goes away half way", async () => {
      const request = await s3.sign({ ...target(), body });
      const raw = await openRaw(server.port);
      raw.write(requestHead(request));
      raw.write(request.body.subarray(0, body.length / 2));
      if (name === "the real gateway") {
        await expect.poll(server.files, { timeout: 5000, interval: 10 }).toHaveLength(1);
      }

      raw.destroy();

      await server.settle();
    });

    test.each([
      ["a length", {}],
      ["chunks", { payload: "UNSIGNED-PAYLOAD", unsignedHeaders: { "transfer-encoding": "chunked" } }],
    ])("a client that ends its side early, with %s, is told that its body is incomplete", async (_, request) => {
      const wire = await s3.sign({ ...target(), body, ...request });
      const half = wire.body.subarray(0, body.length / 2);
      const raw = await openRaw(server.port);
      raw.write(requestHead(wire));
      raw.write("transfer-encoding" in wire.headers ? httpChunk(half) : half);
      raw.end();

      const answer = await raw.answer();
      raw.destroy();

      expect([answer?.status, answer?.code]).toEqual([400, "IncompleteBody"]);
      await expect.poll(server.files, { timeout: 5000, interval: 10 }).toEqual([]);
    });

    test("a transfer whose chunks cannot be read is refused", async () => {
      const wire = await s3.sign({
        ...target(),
        payload: "UNSIGNED-PAYLOAD",
        unsignedHeaders: { "transfer-encoding": "chunked" },
      });
      const raw = await openRaw(server.port);
      raw.write(
        Buffer.concat([requestHead(wire), httpChunk(body.subarray(0, body.length / 2)), Buffer.from("zz\r\n")]),
      );

      const answer = await raw.answer();
      raw.destroy();

      expect([answer?.status, answer?.code]).toEqual([400, "IncompleteBody"]);
      await expect.poll(server.files, { timeout: 5000, interval: 10 }).toEqual([]);
    });

    test.each(["gzip, chunked", "identity, chunked"])(
      "a transfer coding that nobody takes off is refused: %s",
      async (coding) => {
        const wire = await s3.sign({
          ...target(),
          payload: "UNSIGNED-PAYLOAD",
          unsignedHeaders: { "transfer-encoding": coding },
        });
        const raw = await openRaw(server.port);
        raw.write(Buffer.concat([requestHead(wire), httpChunk(Buffer.from("compressed")), Buffer.from("0\r\n\r\n")]));

        const answer = await raw.answer();
        raw.destroy();

        expect([answer?.status, answer?.code, answer?.one("Header")]).toEqual([
          501,
          "NotImplemented",
          "Transfer-Encoding",
        ]);
        await expect.poll(server.files, { timeout: 5000, interval: 10 }).toEqual([]);
      },
    );

    test("a client that waits to be continued is refused without being asked for the body", async () => {
      const request = { ...target(), unsignedHeaders: { expect: "100-continue" }, payload: "UNSIGNED-PAYLOAD" };
      const tooLarge = { "content-length": String(maxObjectBytes + 1) };
      const refusals = [
        await expectAnswer({ ...request, unsignedHeaders: { ...request.unsignedHeaders, ...tooLarge } }),
        await expectAnswer({ ...request, body, headers: { "content-md5": "x" } }),
        await expectAnswer({ ...request, body, headers: { "x-amz-storage-class": "GLACIER" } }),
        await expectAnswer({ ...request, body, path: "/absent/key" }),
        await expectAnswer({ ...request, body, region: "eu-west-1" }),
      ];

      expect(refusals.map((answer) => [answer?.status, answer?.code, answer?.headers.connection])).toEqual([
        [400, "EntityTooLarge", "close"],
        [400, "InvalidDigest", "close"],
        [400, "InvalidStorageClass", "close"],
        [404, "NoSuchBucket", "close"],
        [400, "AuthorizationHeaderMalformed", "close"],
      ]);
    });
  });

  test("a client that waits to be continued is refused early by a condition", async () => {
    const answer = await expectAnswer({
      method: "PUT",
      path: "/bodies/old",
      body,
      headers: { "if-none-match": "*" },
      unsignedHeaders: { expect: "100-continue" },
    });

    expect([answer?.status, answer?.code]).toEqual([412, "PreconditionFailed"]);
  });

  test("a client that waits to be continued is, when nothing speaks against it", async () => {
    const wire = await s3.sign({
      method: "PUT",
      path: "/bodies/continued",
      body: "welcome",
      unsignedHeaders: { expect: "100-continue" },
    });
    const raw = await openRaw(server.port);
    raw.write(requestHead(wire));

    const interim = await raw.answer();
    raw.write(wire.body);
    const answer = await raw.answer();
    raw.destroy();

    expect([interim?.status, answer?.status]).toEqual([100, 200]);
    expect((await s3.call({ path: "/bodies/continued" })).text).toBe("welcome");
  });

  test("a connection is used again after a refusal whose body was read", async () => {
    const wire = await s3.sign({
      method: "PUT",
      path: "/bodies/new",
      body: "x",
      headers: { "content-md5": "1B2M2Y8AsgTpgAmY7PhCfg==" },
    });
    const next = await s3.sign({ path: "/bodies/old" });
    const raw = await openRaw(server.port);
    raw.write(Buffer.concat([requestHead(wire), wire.body]));
    const refused = await raw.answer();
    raw.write(requestHead(next));
    const answer = await raw.answer();
    raw.destroy();

    expect([refused?.code, refused?.headers.connection, answer?.text]).toEqual(["BadDigest", "keep-alive", "old"]);
  });

  /** The only answer to the head of a request whose body is never sent. */
  async function expectAnswer(request: S3Request): Promise<S3Answer | undefined> {
    const wire = await s3.sign(request);
    const raw = await openRaw(server.port);
    raw.write(requestHead(wire));
    const answer = await raw.answer();
    await raw.closed;
    expect(raw.received().length).toBe(0);
    return answer;
  }
});

test("a client that stalls is told so and cut off, and nothing is kept", async () => {
  const gateway = await startMemoryGateway({ idleTimeoutMs: 100 });
  const s3 = createS3Client(gateway);
  await s3.call({ method: "PUT", path: "/bodies" });
  const wire = await s3.sign({ method: "PUT", path: "/bodies/new", body });
  const raw = await openRaw(gateway.port);
  raw.write(requestHead(wire));
  raw.write(wire.body.subarray(0, 1000));

  const answer = await raw.answer();
  raw.destroy();
  await gateway.nextRecord();

  expect([answer?.status, answer?.code, answer?.headers.connection]).toEqual([400, "RequestTimeout", "close"]);
  expect((await s3.call({ path: "/bodies/new" })).code).toBe("NoSuchKey");
  await gateway.close();
});

test("a client that takes no bytes is cut off", async () => {
  const gateway = await startMemoryGateway({ idleTimeoutMs: 100 });
  const s3 = createS3Client(gateway);
  await s3.call({ method: "PUT", path: "/bodies" });
  await s3.call({ method: "PUT", path: "/bodies/large", body: Buffer.alloc(32 * 1024 * 1024) });
  const raw = await openRaw(gateway.port);
  raw.pause();
  const ended = gateway.nextRecord();
  raw.write(requestHead(await s3.sign({ path: "/bodies/large" })));

  const record = await ended;
  raw.destroy();

  expect(record.operation).toBe("GetObject");
  await gateway.close();
});

test("a client that went away is recorded at once, not when its body would have been drained", async () => {
  const gateway = await startMemoryGateway();
  const s3 = createS3Client(gateway);
  await s3.call({ method: "PUT", path: "/bodies" });
  const wire = await s3.sign({ method: "PUT", path: "/bodies/new", body });
  const raw = await openRaw(gateway.port);
  raw.write(requestHead(wire));
  raw.write(wire.body.subarray(0, 1000));
  const ended = gateway.nextRecord();
  raw.destroy();

  const record = await ended;

  expect(record).toMatchObject({ errorCode: "IncompleteBody", operation: "PutObject" });
  expect(record.durationMs).toBeLessThan(3000);
  await gateway.close();
});

function statusOf(code: string): number {
  if (code === "SignatureDoesNotMatch") return 403;
  return code === "MissingContentLength" ? 411 : 400;
}

function flipped(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  // Another hex digit, where it is one.
  changed[at] = changed[at] === 0x30 ? 0x31 : 0x30;
  return changed;
}

function withBody(request: WireRequest, changed: Buffer): WireRequest {
  return { ...request, body: changed, headers: { ...request.headers, "content-length": String(changed.length) } };
}

/** Where the signature of a chunk begins: -1 the terminator's, -2 that of the last data. */
function chunkSignature(bytes: Buffer, which: -1 | -2): number {
  const last = bytes.lastIndexOf("chunk-signature=");
  const at = which === -1 ? last : bytes.lastIndexOf("chunk-signature=", last - 1);
  return at + "chunk-signature=".length;
}

function withoutSecondChunk(bytes: Buffer): Buffer {
  const head = (from: number) => bytes.lastIndexOf("\r\n", bytes.indexOf("chunk-signature=", from)) + 2;
  const second = head(200);
  const third = head(second + 200);
  return Buffer.concat([bytes.subarray(0, second), bytes.subarray(third)]);
}

function httpChunk(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
}
