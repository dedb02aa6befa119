import { createTrustedProxies } from "@stave/sigv4-verify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { createS3Client, type S3Request } from "./support/s3-client.ts";
import { ann, bob } from "./support/start-gateway.ts";

// The tests connect from 127.0.0.1: a trusted proxy for one gateway, a client like any other for the other one.

let direct: MemoryGateway;
let behind: MemoryGateway;
let named: MemoryGateway;
let gateways: readonly MemoryGateway[] = [];

beforeAll(async () => {
  direct = await startMemoryGateway();
  behind = await startMemoryGateway({
    gateway: { trustedProxies: createTrustedProxies(["127.0.0.0/8", "10.0.0.0/8"]) },
  });
  named = await startMemoryGateway({ gateway: { publicHosts: ["photos.localhost", "s3.example.com"] } });
  gateways = [direct, behind, named];
  for (const { store } of gateways) {
    await store.createBucket({ name: "photos", ownerId: ann.id });
    await store.createBucket({ name: "k", ownerId: ann.id });
  }
  for (const [name, condition] of [
    ["office", { IpAddress: { "aws:SourceIp": "192.0.2.0/24" } }],
    ["elsewhere", { NotIpAddress: { "aws:SourceIp": "192.0.2.0/24" } }],
    ["encrypted", { Bool: { "aws:SecureTransport": "true" } }],
  ] as const) {
    for (const gateway of gateways) await openTo(gateway, name, condition);
  }
});
afterAll(() => Promise.all(gateways.map((gateway) => gateway.close())));

/** Anybody may read, on a condition; or is kept from it, on the contrary one. */
async function openTo(gateway: MemoryGateway, bucket: string, condition: object): Promise<void> {
  const s3 = createS3Client(gateway);
  const Resource = `arn:aws:s3:::${bucket}/*`;
  const allow = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource };
  const Statement =
    bucket === "elsewhere"
      ? [allow, { ...allow, Effect: "Deny", Condition: condition }]
      : [{ ...allow, Condition: condition }];
  const body = JSON.stringify({ Version: "2012-10-17", Statement });
  await s3.call({ method: "PUT", path: `/${bucket}` });
  await s3.call({ method: "PUT", path: `/${bucket}/k`, body: "content" });
  const { status } = await s3.call({ method: "PUT", path: `/${bucket}`, query: { policy: "" }, body });
  expect(status).toBe(204);
}

async function read(gateway: MemoryGateway, bucket: string, headers: Record<string, string>): Promise<number> {
  const request = { path: `/${bucket}/k`, account: bob, unsignedHeaders: headers };
  return (await createS3Client(gateway).call(request)).status;
}

describe("security S15: aws:SourceIp", () => {
  test("is not what an untrusted peer says", async () => {
    for (const name of ["x-forwarded-for", "forwarded", "x-real-ip", "true-client-ip", "cf-connecting-ip"]) {
      expect(await read(direct, "office", { [name]: name === "forwarded" ? "for=192.0.2.1" : "192.0.2.1" })).toBe(403);
      expect(await read(direct, "elsewhere", { [name]: "192.0.2.1" })).toBe(403);
    }
  });

  test.each([
    ["the client of the proxy", "192.0.2.1", 200],
    ["another client", "198.51.100.1", 403],
    ["a client that claims to be one", "192.0.2.1, 198.51.100.1", 403],
    ["a client behind two proxies", "198.51.100.1, 192.0.2.1, 10.0.0.1", 200],
  ])("is the right-most untrusted hop that a trusted proxy names: %s", async (_title, addresses, status) => {
    expect(await read(behind, "office", { "x-forwarded-for": addresses })).toBe(status);
    expect(await read(behind, "elsewhere", { "x-forwarded-for": addresses })).toBe(status);
  });

  test("is nothing when the proxy does not know it: no network holds it, and what is denied outside of one stays denied", async () => {
    expect(await read(behind, "office", { "x-forwarded-for": "192.0.2.1, unknown" })).toBe(403);
    expect(await read(behind, "elsewhere", { "x-forwarded-for": "192.0.2.1, unknown" })).toBe(403);
  });

  test("of a trusted proxy without the header is that of the proxy", async () => {
    expect(await read(behind, "office", {})).toBe(403);
  });

  test("is what logs say, too", async () => {
    await read(behind, "office", { "x-forwarded-for": "192.0.2.1" });
    expect(behind.records.at(-1)?.remoteAddress).toBe("192.0.2.1");
    await read(direct, "office", { "x-forwarded-for": "192.0.2.1" });
    expect(direct.records.at(-1)?.remoteAddress).toBe("127.0.0.1");
  });
});

describe("security S15: aws:SecureTransport", () => {
  test("is what a trusted proxy says, and nobody else", async () => {
    expect(await read(direct, "encrypted", { "x-forwarded-proto": "https" })).toBe(403);
    expect(await read(behind, "encrypted", { "x-forwarded-proto": "https" })).toBe(200);
    expect(await read(behind, "encrypted", { "x-forwarded-proto": "http" })).toBe(403);
    expect(await read(behind, "encrypted", { "x-forwarded-proto": "https, http" })).toBe(403);
    expect(await read(behind, "encrypted", {})).toBe(403);
  });

  test("makes the addresses in answers those that clients use", async () => {
    const s3 = createS3Client(behind);
    const location = async (headers: Record<string, string>) => {
      const path = "/photos/upload";
      const uploadId = (await s3.call({ method: "POST", path, query: { uploads: "" } })).one("UploadId") ?? "";
      const part = await s3.call({ method: "PUT", path, query: { uploadId, partNumber: "1" }, body: "x" });
      const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.etag}</ETag></Part></CompleteMultipartUpload>`;
      return (await s3.call({ method: "POST", path, query: { uploadId }, body, unsignedHeaders: headers })).one(
        "Location",
      );
    };

    expect(await location({})).toBe(`http://127.0.0.1:${behind.port}/photos/upload`);
    expect(await location({ "x-forwarded-proto": "https" })).toBe(`https://127.0.0.1:${behind.port}/photos/upload`);
  });
});

describe("a proxy that puts its own name into Host", () => {
  /** Signed for one host, received with another. */
  async function send(gateway: MemoryGateway, request: S3Request, received: Record<string, string> = {}) {
    const s3 = createS3Client(gateway);
    const wire = await s3.sign(request);
    return s3.send({ ...wire, headers: { ...wire.headers, host: `127.0.0.1:${gateway.port}`, ...received } });
  }
  const forwarded = { "x-forwarded-host": "photos.localhost" };

  test("breaks signatures, unless it or the name is listed", async () => {
    const request = { path: "/photos", host: "s3.example.com" };

    expect((await send(direct, request)).code).toBe("SignatureDoesNotMatch");
    expect((await send(direct, request, { "x-forwarded-host": "s3.example.com" })).code).toBe("SignatureDoesNotMatch");
    expect((await send(behind, request)).code).toBe("SignatureDoesNotMatch");
    expect((await send(behind, request, { "x-forwarded-host": "s3.example.com" })).status).toBe(200);
    expect((await send(named, request)).status).toBe(200);
    expect((await send(named, { ...request, host: "s4.example.com" })).code).toBe("SignatureDoesNotMatch");
  });

  test("does not change the bucket that was signed for", async () => {
    for (const [gateway, headers] of [
      [behind, forwarded],
      [named, {}],
    ] as const) {
      const put = await send(
        gateway,
        { method: "PUT", path: "/k", host: "photos.localhost", body: "of photos" },
        headers,
      );
      const deeper = { method: "PUT", path: "/k/inner", host: "photos.localhost", body: "of photos" };
      await send(gateway, deeper, headers);
      const configured = { path: "/", query: { versioning: "" }, host: "photos.localhost" };

      expect(put.status).toBe(200);
      expect(await gateway.store.headObject({ bucket: "photos", key: "k" })).toBeDefined();
      expect(await gateway.store.headObject({ bucket: "photos", key: "k/inner" })).toBeDefined();
      expect(await gateway.store.headObject({ bucket: "k", key: "inner" })).toBeUndefined();
      expect((await send(gateway, configured, headers)).status).toBe(200);
      expect(gateway.records.at(-1)).toMatchObject({ operation: "GetBucketVersioning" });
    }
  });

  test("cannot be told by a client to mean another bucket than was signed for", async () => {
    const request = { path: "/inner", host: "k.localhost" };
    const s3 = createS3Client(behind);
    const wire = await s3.sign(request);

    const answer = await s3.send({ ...wire, headers: { ...wire.headers, ...forwarded } });

    expect([answer.status, answer.code]).toEqual([404, "NoSuchKey"]);
    expect(answer.one("Key") ?? "inner").toBe("inner");
  });

  test("does not say what requests without a signature are about", async () => {
    const s3 = createS3Client(behind);
    const answer = await s3.call({
      path: "/k",
      account: null,
      unsignedHeaders: { "x-forwarded-host": "office.localhost", "x-forwarded-for": "192.0.2.1" },
    });

    expect([answer.status, answer.code]).toEqual([403, "AccessDenied"]); // the bucket `k`, not the object of `office`
  });

  test("is refused with what is wrong with the request first", async () => {
    const answer = await send(named, { path: "/%ff", host: "s4.example.com" });

    expect([answer.status, answer.code]).toEqual([400, "InvalidURI"]);
  });
});
