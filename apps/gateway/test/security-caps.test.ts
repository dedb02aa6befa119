import { afterAll, beforeAll, expect, test } from "vitest";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { openRaw, requestHead } from "./support/raw-connection.ts";
import { createS3Client, md5, type S3Client, type S3Request, type WireRequest } from "./support/s3-client.ts";

// Every cap at its edge: as much as it allows is not refused for it, one more is, and changes nothing.

let gateway: MemoryGateway;
let s3: S3Client;
beforeAll(async () => {
  gateway = await startMemoryGateway({ maxObjectBytes: 1000 });
  s3 = createS3Client(gateway);
  await s3.call({ method: "PUT", path: "/caps" });
  await s3.call({ method: "PUT", path: "/caps/k", body: "kept" });
});
afterAll(() => gateway.close());

type Cap = {
  readonly title: string;
  readonly max: number;
  readonly code: string;
  /** A request with so many of what is capped. */
  readonly build: (count: number) => S3Request | Promise<WireRequest>;
};

const put = (more: Partial<S3Request>): S3Request => ({ method: "PUT", path: "/caps/new", body: "x", ...more });
const padded = (text: string, sizeBytes: number) => text + " ".repeat(sizeBytes - text.length);
const withMd5 = (request: S3Request): S3Request => {
  const digest = Buffer.from(md5(request.body ?? ""), "hex").toString("base64");
  return { ...request, headers: { "content-md5": digest } };
};
const remove = (body: string) => withMd5({ method: "POST", path: "/caps", query: { delete: "" }, body });
const tags = (count: number) => {
  const set = Array.from({ length: count }, (_, at) => `<Tag><Key>k${at}</Key><Value>v</Value></Tag>`);
  return `<Tagging><TagSet>${set.join("")}</TagSet></Tagging>`;
};
const policy = JSON.stringify({
  Version: "2012-10-17",
  Statement: { Effect: "Deny", Principal: "*", Action: "s3:PutBucketWebsite", Resource: "arn:aws:s3:::caps" },
});

async function withHeaders(count: number): Promise<WireRequest> {
  const wire = await s3.sign({ path: "/caps/k" });
  const filler = Array.from({ length: count - Object.keys(wire.headers).length }, (_, at) => [`x-many-${at}`, "1"]);
  return { ...wire, headers: { ...wire.headers, ...Object.fromEntries(filler) } };
}

/** Of names and values together; the signer adds date and hash. */
function withAmzBytes(sizeBytes: number): S3Request {
  const others = "x-amz-date".length + 16 + "x-amz-content-sha256".length + 64 + "x-amz-filler".length;
  return { path: "/caps/k", headers: { "x-amz-filler": "f".repeat(sizeBytes - others) } };
}

const caps: readonly Cap[] = [
  {
    title: "bytes of a target",
    max: 8192,
    code: "InvalidURI",
    build: (count) => anonymous(`/caps?prefix=${"p".repeat(count - 13)}`),
  },
  {
    title: "query parameters",
    max: 100,
    code: "InvalidURI",
    build: (count) => ({
      path: "/caps",
      query: Object.fromEntries(Array.from({ length: count }, (_, at) => [`p${at}`, "1"])),
    }),
  },
  { title: "headers", max: 100, code: "RequestHeaderSectionTooLarge", build: withHeaders },
  { title: "bytes of x-amz-* headers", max: 8192, code: "RequestHeaderSectionTooLarge", build: withAmzBytes },
  {
    title: "bytes of a key",
    max: 1024,
    code: "KeyTooLongError",
    build: (count) => ({ path: `/caps/${"k".repeat(count)}` }),
  },
  {
    title: "bytes of user metadata",
    max: 2048,
    code: "MetadataTooLarge",
    build: (count) => put({ path: "/caps/scratch", headers: { "x-amz-meta-a": "m".repeat(count - 1) } }),
  },
  {
    title: "tags of an object",
    max: 10,
    code: "BadRequest",
    build: (count) => ({ method: "PUT", path: "/caps/k", query: { tagging: "" }, body: tags(count) }),
  },
  {
    title: "tags of a bucket",
    max: 50,
    code: "BadRequest",
    build: (count) => ({ method: "PUT", path: "/caps", query: { tagging: "" }, body: tags(count) }),
  },
  {
    title: "bytes of a configuration",
    max: 64 * 1024,
    code: "MaxMessageLengthExceeded",
    build: (count) => ({ method: "PUT", path: "/caps", query: { tagging: "" }, body: padded(tags(1), count) }),
  },
  {
    title: "bytes of a bucket policy",
    max: 20 * 1024,
    code: "MalformedPolicy",
    build: (count) => ({ method: "PUT", path: "/caps", query: { policy: "" }, body: padded(policy, count) }),
  },
  {
    title: "bytes of a DeleteObjects",
    max: 4 * 1024 * 1024,
    code: "MaxMessageLengthExceeded",
    build: (count) => remove(padded("<Delete><Object><Key>none</Key></Object></Delete>", count)),
  },
  {
    title: "objects of a DeleteObjects",
    max: 1000,
    code: "MalformedXML",
    build: (count) => remove(`<Delete>${"<Object><Key>none</Key></Object>".repeat(count)}</Delete>`),
  },
  {
    title: "parts of a CompleteMultipartUpload",
    max: 10_000,
    code: "MalformedXML",
    build: (count) => ({
      method: "POST",
      path: "/caps/k",
      query: { uploadId: "u" },
      body: `<CompleteMultipartUpload>${Array.from({ length: count }, (_, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>e</ETag></Part>`).join("")}</CompleteMultipartUpload>`,
    }),
  },
  {
    title: "number of a part",
    max: 10_000,
    code: "InvalidArgument",
    build: (count) => put({ query: { uploadId: "u", partNumber: String(count) } }),
  },
  {
    title: "bytes of an object",
    max: 1000,
    code: "EntityTooLarge",
    build: (count) => put({ path: "/caps/scratch", body: "o".repeat(count) }),
  },
  {
    title: "decoded bytes of an object",
    max: 1000,
    code: "EntityTooLarge",
    build: (count) =>
      put({ path: "/caps/scratch", body: "o".repeat(count), payload: "STREAMING-UNSIGNED-PAYLOAD-TRAILER" }),
  },
  {
    title: "seconds of a presigned URL",
    max: 604_800,
    code: "AuthorizationQueryParametersError",
    build: (count) => s3.presign({ path: "/caps/k", expiresInSeconds: 60 }).then((wire) => withExpiry(wire, count)),
  },
];

test.each(caps)("security S43: $max is the most there may be of: $title", async ({ max, code, build }) => {
  const allowed = await send(build(max));
  const before = await state();

  const refused = await send(build(max + 1));

  expect(allowed?.code).not.toBe(code);
  expect(allowed?.status).toBeLessThan(500);
  expect([refused?.status, refused?.code]).toEqual([400, code]);
  expect(await state()).toBe(before);
});

async function send(request: S3Request | Promise<WireRequest>) {
  const wire = await ("path" in request ? s3.sign(request) : request);
  const raw = await openRaw(gateway.port);
  raw.write(Buffer.concat([requestHead(wire), wire.body]));
  const answer = await raw.answer();
  raw.destroy();
  return answer;
}

async function anonymous(target: string): Promise<WireRequest> {
  return { method: "GET", target, headers: { host: "h" }, body: Buffer.alloc(0) };
}

/** Its signature is wrong then, which is looked at after the limit. */
function withExpiry(wire: WireRequest, seconds: number): WireRequest {
  return { ...wire, target: wire.target.replace(/X-Amz-Expires=\d+/, `X-Amz-Expires=${seconds}`) };
}

/** Everything a request could have changed. */
async function state(): Promise<string> {
  const { buckets } = await gateway.store.listBuckets({ maxBuckets: 100 });
  const contents = buckets.map(({ name }) => gateway.store.listVersions(name, { maxKeys: 1000 }));
  return JSON.stringify([buckets, await Promise.all(contents)]);
}
