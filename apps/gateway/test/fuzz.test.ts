import { randomInt } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { openRaw, requestHead } from "./support/raw-connection.ts";
import { createS3Client, type S3Client, type S3Request, streamingModes } from "./support/s3-client.ts";

const seed = Number(process.env.STAVE_FUZZ_SEED ?? randomInt(2 ** 31));
const cases = 1500;
const atOnce = 8;

let gateway: MemoryGateway;
let s3: S3Client;
const rejections: unknown[] = [];
const onRejection = (reason: unknown) => rejections.push(reason);
beforeAll(async () => {
  gateway = await startMemoryGateway({ idleTimeoutMs: 200, maxObjectBytes: 1_000_000 });
  s3 = createS3Client(gateway);
  await s3.call({ method: "PUT", path: "/fuzz" });
  await s3.call({ method: "PUT", path: "/fuzz/k", body: "0123456789", headers: { "x-amz-meta-a": "1" } });
  process.on("unhandledRejection", onRejection);
});
afterAll(async () => {
  process.off("unhandledRejection", onRejection);
  await gateway.close();
});

const xml = "<Delete><Object><Key>a</Key></Object><Object><Key>b&amp;</Key></Object></Delete>";
const valid: readonly S3Request[] = [
  { path: "/" },
  { path: "/fuzz", query: { "list-type": "2", prefix: "k", delimiter: "/", "encoding-type": "url" } },
  { path: "/fuzz", query: { versions: "", "key-marker": "k", "version-id-marker": "null" } },
  { path: "/fuzz/k", headers: { range: "bytes=1-3", "if-none-match": '"x"' } },
  { path: "/fuzz/k", query: { partNumber: "1", "response-content-type": "text/plain" } },
  {
    method: "PUT",
    path: "/fuzz/new%20key",
    body: "hello",
    headers: { "x-amz-meta-b": "2", "content-md5": "XUFAKrxLKna5cZ2REBfFkg==" },
  },
  ...streamingModes.map((payload) => ({
    method: "PUT",
    path: "/fuzz/chunked",
    body: "hello, hello",
    payload,
    chunkSizeBytes: 5,
  })),
  { method: "PUT", path: "/fuzz/copy", headers: { "x-amz-copy-source": "/fuzz/k?versionId=null" } },
  {
    method: "POST",
    path: "/fuzz",
    query: { delete: "" },
    body: xml,
    headers: { "content-md5": "AAAAAAAAAAAAAAAAAAAAAA==" },
  },
  { method: "POST", path: "/fuzz/k", query: { uploads: "" }, headers: { "x-amz-checksum-algorithm": "CRC32" } },
  { method: "POST", path: "/fuzz/k", query: { uploadId: "u" }, body: "<CompleteMultipartUpload/>" },
  { method: "PUT", path: "/fuzz", query: { versioning: "" }, body: "<VersioningConfiguration/>" },
  {
    method: "POST",
    path: "/fuzz",
    account: null,
    headers: { "content-type": "multipart/form-data; boundary=b" },
    body: '--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--b--\r\n',
  },
  { path: "/fuzz/k", query: { attributes: "" }, headers: { "x-amz-object-attributes": "ETag,ObjectParts" } },
  { method: "DELETE", path: "/fuzz/none", query: { versionId: "null" } },
];

/** Pieces that parsers stumble over. */
const pieces = [
  "\0",
  "\r\n",
  "\n",
  "\r\n\r\n",
  "%",
  "%00",
  "%ff",
  "%2F",
  "//",
  "/../",
  "?",
  "&",
  "=",
  ";",
  ":",
  ",",
  '"',
  "<",
  ">",
  "<!DOCTYPE a>",
  "&#0;",
  "&x;",
  "\xff\xfe",
  "\xc3",
  "-1",
  "0",
  "99999999999999999999",
  "1e9",
  "NaN",
  "null",
  "__proto__",
  "constructor",
  "chunked",
  "identity",
  "Transfer-Encoding: chunked\r\n",
  "Content-Length: 5\r\n",
  "Expect: 100-continue\r\n",
  "Host: k.localhost\r\n",
  "Upgrade: websocket\r\nConnection: Upgrade\r\n",
  "x-amz-content-sha256: UNSIGNED-PAYLOAD\r\n",
  "a".repeat(300),
  "a".repeat(20_000),
];

test(`security S34: ${cases} malformed requests get a refusal or a closed connection, and the server stays up (seed ${seed})`, async () => {
  const random = createRandom(seed);
  const sent = await Promise.all(valid.map(async (request) => s3.sign(request)));
  const bases = sent.map((request) => Buffer.concat([requestHead(request), request.body]));
  const inputs = Array.from({ length: cases }, (_, at) => (at % 10 === 0 ? noise(random) : mutate(bases, random)));

  const statuses = new Map<string, number>();
  const failures: { readonly input: string; readonly answer: string }[] = [];
  const worker = async (): Promise<void> => {
    for (let input = inputs.pop(); input !== undefined; input = inputs.pop()) {
      const answer = await exchange(input);
      const kind = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? "closed";
      statuses.set(kind, (statuses.get(kind) ?? 0) + 1);
      const isRefusal = /^[45]/.test(kind) && kind !== "500";
      // HEAD, and requests that lost only what does not matter, are answered without a document.
      const isDocument = !isRefusal || !/content-length: [1-9]/i.test(answer) || answer.includes("<Error><Code>");
      if (kind === "500" || !isDocument) failures.push({ input: input.toString("latin1"), answer });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));

  expect(failures).toEqual([]);
  expect(gateway.records.filter(({ status, failure }) => status === 500 || failure !== undefined)).toEqual([]);
  expect(rejections).toEqual([]);
  // The point is malformed requests: enough of them must have got past the HTTP parser.
  expect(statuses.get("403") ?? 0).toBeGreaterThan(50);
  expect(statuses.get("400") ?? 0).toBeGreaterThan(50);
  expect((await s3.call({ path: "/fuzz/k" })).text).toBe("0123456789");
}, 30_000);

test(`security S34: values that are signed and make no sense are refused, never a 500 (seed ${seed})`, async () => {
  const random = createRandom(seed + 1);
  const names = [
    "range",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "x-amz-copy-source",
    "x-amz-copy-source-range",
    "content-md5",
    "x-amz-checksum-crc32",
    "x-amz-checksum-algorithm",
    "x-amz-checksum-type",
    "x-amz-checksum-mode",
    "x-amz-trailer",
    "x-amz-decoded-content-length",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-metadata-directive",
    "x-amz-mp-object-size",
    "x-amz-acl",
    "x-amz-storage-class",
    "x-amz-expected-bucket-owner",
    "content-encoding",
    "content-type",
    "x-amz-meta-__proto__",
    "constructor",
    "expires",
  ];
  const parameters = [
    "versionId",
    "partNumber",
    "uploadId",
    "max-keys",
    "max-parts",
    "max-uploads",
    "marker",
    "key-marker",
    "version-id-marker",
    "upload-id-marker",
    "part-number-marker",
    "continuation-token",
    "start-after",
    "prefix",
    "delimiter",
    "encoding-type",
    "response-content-type",
    "response-expires",
    "max-buckets",
    "list-type",
    "versions",
    "uploads",
    "x-amz-meta-a",
    "__proto__",
  ];
  const values = [
    "",
    " ",
    "0",
    "-1",
    "1",
    "2",
    "10000",
    "10001",
    "1e5",
    "null",
    "undefined",
    "a",
    "/",
    "//",
    "%",
    "%00",
    "\u00e9",
    "{}",
    "\u0001",
    "\r\n",
    "x".repeat(1100),
    "99999999999999999999",
    "bytes=0-0",
    "/fuzz/k",
    "fuzz/%2e",
    "CRC32",
    "AAAA",
    "*",
    '"',
    "COMPOSITE",
  ];
  const pick = (list: readonly string[]) => list[random(list.length)] ?? "";
  const isHeaderValue = (text: string) => /^[\x20-\x7e\x80-\xff]*$/.test(text);

  for (let at = 0; at < 700; at += 1) {
    const method = pick(["GET", "GET", "HEAD", "PUT", "POST", "DELETE"]);
    const path = pick(["/", "/fuzz", "/fuzz/k", "/fuzz/k", "/fuzz/scratch", "/absent/k"]);
    if (method === "DELETE" && path === "/fuzz/k") continue;
    const headers = Object.fromEntries(
      [pick(names), pick(names)].map((name) => [name, pick(values.filter(isHeaderValue))]),
    );
    const query = Object.fromEntries([pick(parameters), pick(parameters)].map((name) => [name, pick(values)]));
    const request: S3Request = { method, path, headers, query, body: method === "PUT" ? "0123456789" : "" };

    const answer = await s3.call(random(2) === 0 ? request : { method, path, query });

    expect(answer.status, JSON.stringify(request)).not.toBe(500);
  }
  expect(gateway.records.filter(({ failure }) => failure !== undefined)).toEqual([]);
  expect(rejections).toEqual([]);
}, 30_000);

/** Sends the bytes, ends, and reads until the server closes. */
async function exchange(input: Buffer): Promise<string> {
  const raw = await openRaw(gateway.port);
  raw.write(input);
  raw.end();
  await raw.closed;
  raw.destroy();
  return raw.received().toString("latin1");
}

type Random = (below: number) => number;

function noise(random: Random): Buffer {
  return Buffer.from(Array.from({ length: random(200) }, () => random(256)));
}

/** One to three changes somewhere in a request that was good. */
function mutate(bases: readonly Buffer[], random: Random): Buffer {
  let bytes = bases[random(bases.length)] ?? Buffer.alloc(0);
  for (let left = 1 + random(3); left > 0; left -= 1) {
    const at = random(bytes.length + 1);
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    const inserted = Buffer.from(pieces[random(pieces.length)] ?? "", "latin1");
    const changes = [
      () => Buffer.concat([before, inserted, after]),
      () => Buffer.concat([before, inserted, after.subarray(random(20))]),
      () => Buffer.concat([before, Buffer.from([random(256)]), after.subarray(1)]),
      () => Buffer.concat([before, after.subarray(1 + random(40))]),
      () => before,
      () => Buffer.concat([before, after.subarray(0, random(60)), after]),
    ];
    bytes = changes[random(changes.length)]?.() ?? bytes;
  }
  return bytes;
}

/** mulberry32: the same numbers for the same seed. */
function createRandom(start: number): Random {
  let state = start;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
