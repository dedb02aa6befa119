import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { createS3Client, md5, type S3Answer, type S3Client, type S3Request } from "./support/s3-client.ts";
import { ann, bob } from "./support/start-gateway.ts";

let gateway: MemoryGateway;
let s3: S3Client;
let bucket = "";
let buckets = 0;
beforeAll(async () => {
  gateway = await startMemoryGateway();
  s3 = createS3Client(gateway);
});
afterAll(() => gateway.close());
beforeEach(async () => {
  buckets += 1;
  bucket = `policy-${buckets}`;
  await s3.call({ method: "PUT", path: `/${bucket}` });
  await s3.call({ method: "PUT", path: `/${bucket}/a/1`, body: "one" });
});

/** Statements of everybody for everything in the bucket, unless they say otherwise. */
function policy(...statements: readonly object[]): string {
  const Resource = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
  const whole = statements.map((it) => ({ Effect: "Allow", Principal: "*", Resource, ...it }));
  return JSON.stringify({ Version: "2012-10-17", Statement: whole });
}

async function put(...statements: readonly object[]): Promise<void> {
  const answer = await s3.call({
    method: "PUT",
    path: `/${bucket}`,
    query: { policy: "" },
    body: policy(...statements),
  });
  expect([answer.status, answer.code]).toEqual([204, undefined]);
}

const asBob = (request: Partial<S3Request>) => s3.call({ path: `/${bucket}/a/1`, account: bob, ...request });
const asNobody = (request: Partial<S3Request>) => s3.call({ path: `/${bucket}/a/1`, account: null, ...request });
const shown = ({ status, code }: S3Answer) => [status, code];
const denied = [403, "AccessDenied"];

function deletion(...keys: readonly string[]): Partial<S3Request> {
  const body = `<Delete>${keys.map((key) => `<Object><Key>${key}</Key></Object>`).join("")}</Delete>`;
  const headers = { "content-md5": Buffer.from(md5(body), "hex").toString("base64") };
  return { method: "POST", path: `/${bucket}`, query: { delete: "" }, body, headers };
}

describe("a bucket policy", () => {
  test("is read as it was put, until it is deleted", async () => {
    const text = policy({ Action: "s3:GetObject" }).replaceAll(",", " , ");
    const call = (method: string, body = "") => s3.call({ method, path: `/${bucket}`, query: { policy: "" }, body });

    expect(shown(await call("PUT", text))).toEqual([204, undefined]);
    const read = await call("GET");
    expect([read.status, read.text, read.headers["content-type"]]).toEqual([200, text, "application/json"]);
    expect([(await call("DELETE")).status, (await call("DELETE")).status]).toEqual([204, 204]);
    expect(shown(await call("GET"))).toEqual([404, "NoSuchBucketPolicy"]);
  });

  test.each([
    ["nothing", "", "MalformedPolicy"],
    ["no JSON", "x", "MalformedPolicy"],
    ["bytes that are no text", Buffer.from([0x7b, 0xff, 0x7d]), "MalformedPolicy"],
    [
      "another bucket",
      '{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"arn:aws:s3:::x"}}',
      "MalformedPolicy",
    ],
    ["more than 20 KiB", `{"Id":"${"x".repeat(20 * 1024)}"}`, "MaxMessageLengthExceeded"],
  ])("of %s is refused, and the one before stays", async (_, body, code) => {
    await put({ Action: "s3:GetObject" });

    const answer = await s3.call({ method: "PUT", path: `/${bucket}`, query: { policy: "" }, body });

    expect(shown(answer)).toEqual([400, code]);
    expect((await asBob({})).status).toBe(200);
  });

  test("says whether it makes the bucket public", async () => {
    const isPublic = async () => (await s3.call({ path: `/${bucket}`, query: { policyStatus: "" } })).one("IsPublic");

    expect(await isPublic()).toBe("false");
    await put({ Action: "s3:GetObject", Principal: { AWS: bob.id } });
    expect(await isPublic()).toBe("false");
    await put({ Action: "s3:GetObject" });
    expect(await isPublic()).toBe("true");
  });
});

describe("who is not the owner", () => {
  test("may do what a policy allows, and nothing else", async () => {
    await put({ Action: ["s3:GetObject", "s3:ListBucket"], Principal: { AWS: `arn:aws:iam::${bob.id}:user/bob` } });

    expect((await asBob({})).text).toBe("one");
    expect((await asBob({ path: `/${bucket}` })).all("Key")).toEqual(["a/1"]);
    expect(shown(await asBob({ method: "PUT", body: "x" }))).toEqual(denied);
    expect(shown(await asBob({ method: "DELETE" }))).toEqual(denied);
    expect(shown(await asBob({ path: `/${bucket}`, query: { policy: "" } }))).toEqual(denied);
    expect(shown(await asNobody({}))).toEqual(denied);
    expect((await s3.call({ path: `/${bucket}/a/1` })).text).toBe("one");
  });

  test("may write, and what it writes is its own", async () => {
    await put({ Action: "s3:PutObject", Principal: { AWS: bob.id } });

    expect((await asBob({ method: "PUT", path: `/${bucket}/b`, body: "bob's" })).status).toBe(200);

    expect((await asBob({ path: `/${bucket}/b` })).text).toBe("bob's");
    expect(shown(await s3.call({ path: `/${bucket}/b` }))).toEqual(denied);
    expect(shown(await s3.call({ method: "HEAD", path: `/${bucket}/b` }))).toEqual([403, undefined]);
    expect(shown(await s3.call({ path: `/${bucket}/b`, query: { acl: "" } }))).toEqual(denied);
    expect((await s3.call({ method: "DELETE", path: `/${bucket}/b` })).status).toBe(204);
  });

  test("does not get at the objects of others by the policy of the bucket", async () => {
    await put({ Action: "*" });
    await asBob({ method: "PUT", path: `/${bucket}/b`, body: "bob's" });

    expect(shown(await asNobody({ path: `/${bucket}/b` }))).toEqual(denied);
    expect((await asNobody({})).text).toBe("one");
  });

  test("learns that a key is missing if it may list, and that it may not read it otherwise", async () => {
    await put(
      { Action: "s3:GetObject" },
      { Action: "s3:ListBucket", Condition: { StringLike: { "s3:prefix": "a/*" } } },
    );

    expect(shown(await asBob({ path: `/${bucket}/a/2` }))).toEqual([404, "NoSuchKey"]);
    expect((await asBob({ method: "HEAD", path: `/${bucket}/a/2` })).status).toBe(404);
    expect(shown(await asBob({ path: `/${bucket}/b` }))).toEqual(denied);
    expect((await asBob({ method: "HEAD", path: `/${bucket}/b` })).status).toBe(403);
  });

  test("security S18: reads versions by their ids only with the permission for that", async () => {
    const versionId = "null";
    await put({ Action: ["s3:GetObject", "s3:GetObjectAcl", "s3:GetObjectTagging"] });

    expect((await asBob({})).status).toBe(200);
    for (const query of [{ versionId }, { versionId, acl: "" }, { versionId, tagging: "" }]) {
      expect(shown(await asBob({ query }))).toEqual(denied);
    }
    expect((await asBob({ method: "HEAD", query: { versionId } })).status).toBe(403);
    const copy = { "x-amz-copy-source": `${bucket}/a/1?versionId=${versionId}` };
    await s3.call({ method: "PUT", path: "/of-bob-versions", account: bob });
    expect(shown(await asBob({ method: "PUT", path: "/of-bob-versions/copy", headers: copy }))).toEqual(denied);

    await put({ Action: "s3:GetObjectVersion" });

    expect((await asBob({ query: { versionId } })).text).toBe("one");
    expect(shown(await asBob({}))).toEqual(denied);
  });

  test("is told of each key that it may not delete", async () => {
    await s3.call({ method: "PUT", path: `/${bucket}/b`, body: "two" });
    await put({ Action: "s3:DeleteObject", Resource: `arn:aws:s3:::${bucket}/a/*` });

    const answer = await asBob(deletion("a/1", "b"));

    expect([answer.status, answer.all("Key"), answer.all("Code")]).toEqual([200, ["a/1", "b"], ["AccessDenied"]]);
    expect((await s3.call({ path: `/${bucket}/b` })).text).toBe("two");
    expect((await s3.call({ path: `/${bucket}/a/1` })).code).toBe("NoSuchKey");
  });

  test("reads attributes only with the permissions for that", async () => {
    const ask = () => asBob({ query: { attributes: "" }, headers: { "x-amz-object-attributes": "ETag" } });

    expect(shown(await ask())).toEqual(denied);
    await put({ Action: "s3:GetObject" });
    expect(shown(await ask())).toEqual(denied);
    await put({ Action: ["s3:GetObject", "s3:GetObjectAttributes"] });
    expect((await ask()).one("ETag")).toBe(md5("one"));
  });

  test("holds a write or a delete against an ETag only where it may read", async () => {
    const headers = { "if-match": `"${md5("one")}"` };
    const ask = (method: string) => asBob({ method, body: method === "PUT" ? "one" : "", headers });
    await put({ Action: ["s3:PutObject", "s3:DeleteObject"] });

    expect(shown(await ask("PUT"))).toEqual(denied);
    expect(shown(await ask("DELETE"))).toEqual(denied);
    await put({ Action: ["s3:PutObject", "s3:DeleteObject", "s3:GetObject"] });
    expect((await ask("DELETE")).status).toBe(204);
    expect((await asBob({ method: "PUT", body: "one", headers: { "if-none-match": "*" } })).status).toBe(200);
    expect((await ask("PUT")).status).toBe(200);
  });

  test("needs a permission of its own for tags of what it writes", async () => {
    await put({ Action: "s3:PutObject" });

    const answer = await asBob({ method: "PUT", body: "x", headers: { "x-amz-tagging": "a=b" } });

    expect(answer.status).not.toBe(200);
    expect((await s3.call({ path: `/${bucket}/a/1` })).text).toBe("one");
  });

  test("uploads in parts, and ends what it has begun", async () => {
    await put({ Action: "s3:PutObject" });
    const path = `/${bucket}/parts`;
    const uploadId = (await asBob({ method: "POST", path, query: { uploads: "" } })).one("UploadId") ?? "";

    expect((await asBob({ method: "PUT", path, query: { uploadId, partNumber: "1" }, body: "x" })).status).toBe(200);
    expect((await asBob({ path, query: { uploadId } })).all("PartNumber")).toEqual(["1"]);
    expect(shown(await asNobody({ path, query: { uploadId } }))).toEqual(denied);
    expect((await asBob({ method: "DELETE", path, query: { uploadId } })).status).toBe(204);
    const other = (await s3.call({ method: "POST", path, query: { uploads: "" } })).one("UploadId") ?? "";
    expect(shown(await asBob({ method: "DELETE", path, query: { uploadId: other } }))).toEqual(denied);
  });
});

describe("a Deny", () => {
  test("security S9: wins over every Allow, every ACL and the owner", async () => {
    await s3.call({
      method: "PUT",
      path: `/${bucket}/a/1`,
      query: { acl: "" },
      headers: { "x-amz-acl": "public-read" },
    });
    await put({ Action: "*" }, { Effect: "Deny", Action: "s3:GetObject" });

    expect(shown(await asBob({}))).toEqual(denied);
    expect(shown(await asNobody({}))).toEqual(denied);
    expect(shown(await s3.call({ path: `/${bucket}/a/1` }))).toEqual(denied);
    expect((await s3.call({ path: `/${bucket}` })).status).toBe(200);
  });

  test("cannot lock the owner out of the policy itself", async () => {
    await put({ Effect: "Deny", Action: "s3:*" });
    const call = (method: string) => s3.call({ method, path: `/${bucket}`, query: { policy: "" } });

    expect(shown(await s3.call({ path: `/${bucket}` }))).toEqual(denied);
    expect(shown(await asBob({ path: `/${bucket}`, query: { policy: "" }, method: "DELETE" }))).toEqual(denied);
    expect([(await call("GET")).status, (await call("DELETE")).status]).toEqual([200, 204]);
    expect((await s3.call({ path: `/${bucket}` })).status).toBe(200);
  });

  test("security S38: of one key is of that key, in every spelling", async () => {
    await put(
      { Action: "s3:GetObject" },
      { Effect: "Deny", Action: "s3:GetObject", Resource: `arn:aws:s3:::${bucket}/a/*` },
    );

    for (const path of ["/a/1", "/%61/1", "/a%2F1", "/a%2f%31"]) {
      expect(shown(await asNobody({ path: `/${bucket}${path}` }))).toEqual(denied);
    }
  });
});

describe("conditions", () => {
  test("security S15: the address is that of the connection, whatever a header says", async () => {
    await put({ Action: "s3:GetObject", Condition: { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } } });
    const unsignedHeaders = {
      "x-forwarded-for": "203.0.113.7",
      "x-real-ip": "203.0.113.7",
      forwarded: "for=203.0.113.7",
    };

    expect(shown(await asBob({ unsignedHeaders }))).toEqual(denied);

    await put({ Action: "s3:GetObject", Condition: { IpAddress: { "aws:SourceIp": "127.0.0.0/8" } } });
    expect((await asBob({ unsignedHeaders })).status).toBe(200);
  });

  test("security S16: what the server knows comes from nowhere else", async () => {
    await put({ Action: "s3:GetObject", Condition: { StringEquals: { "aws:username": "ann" } } });
    const names = { "aws:username": "ann", username: "ann", "x-amz-username": "ann", "aws-username": "ann" };

    const { "aws:username": _, ...headers } = names;
    expect(shown(await asBob({ query: names }))).toEqual(denied);
    expect(shown(await asBob({ headers }))).toEqual(denied);
    expect(shown(await asNobody({ query: names }))).toEqual(denied);
  });

  test.each<[string, object, Partial<S3Request>, boolean]>([
    [
      "the referer",
      { StringLike: { "aws:Referer": "http://example.com/*" } },
      { unsignedHeaders: { referer: "http://example.com/x" } },
      true,
    ],
    [
      "another referer",
      { StringLike: { "aws:Referer": "http://example.com/*" } },
      { unsignedHeaders: { referer: "http://example.org/x" } },
      false,
    ],
    ["no encryption", { Bool: { "aws:SecureTransport": "true" } }, {}, false],
    ["the time", { DateGreaterThan: { "aws:CurrentTime": "2020-01-01T00:00:00Z" } }, {}, true],
    ["how it was signed", { StringEquals: { "s3:authType": "REST-HEADER" } }, {}, true],
    ["which version of signatures", { StringEquals: { "s3:signatureversion": "AWS4-HMAC-SHA256" } }, {}, true],
    ["how long ago it was signed", { NumericLessThan: { "s3:signatureAge": "60000" } }, {}, true],
    ["who asks", { ArnEquals: { "aws:PrincipalArn": `arn:aws:iam::${bob.id}:user/bob` } }, {}, true],
    ["that somebody asks", { Null: { "aws:userid": "true" } }, {}, false],
  ])("look at %s", async (_, Condition, request, isAllowed) => {
    await put({ Action: "s3:GetObject", Condition });

    expect((await asBob(request)).status).toBe(isAllowed ? 200 : 403);
  });

  test("look at what a write asks for", async () => {
    await put(
      { Action: "s3:PutObject" },
      { Effect: "Deny", Action: "s3:PutObject", Condition: { StringLike: { "s3:x-amz-acl": "public*" } } },
    );
    const write = (acl: string) => asBob({ method: "PUT", path: `/${bucket}/b`, headers: { "x-amz-acl": acl } });

    expect(shown(await write("public-read"))).toEqual(denied);
    expect((await write("bucket-owner-read")).status).toBe(200);
  });

  test("look at what a copy reads, however it is spelled", async () => {
    await put(
      { Action: ["s3:PutObject", "s3:GetObject"] },
      {
        Effect: "Deny",
        Action: "s3:PutObject",
        Condition: { StringLike: { "s3:x-amz-copy-source": `${bucket}/a/*` } },
      },
    );

    for (const source of [`${bucket}/a/1`, `/${bucket}/%61/1`, `${bucket}%2Fa%2F1`]) {
      const headers = { "x-amz-copy-source": source };
      expect(shown(await asBob({ method: "PUT", path: `/${bucket}/b`, headers }))).toEqual(denied);
    }
  });

  test("look at the tags of the object", async () => {
    await gateway.store.putObjectAttributes({ bucket, key: "a/1" }, { tags: { security: "public" } });
    await s3.call({ method: "PUT", path: `/${bucket}/a/2`, body: "two" });
    await put({
      Action: ["s3:GetObject", "s3:GetObjectAcl"],
      Condition: { StringEquals: { "s3:ExistingObjectTag/security": "public" } },
    });

    expect((await asBob({})).status).toBe(200);
    expect((await asBob({ query: { acl: "" } })).status).toBe(200);
    expect(shown(await asBob({ path: `/${bucket}/a/2` }))).toEqual(denied);
    expect(shown(await asBob({ path: `/${bucket}/a/2`, query: { acl: "" } }))).toEqual(denied);
  });
});

describe("a copy", () => {
  beforeEach(() => s3.call({ method: "PUT", path: `/${bucket}-bob`, account: bob }));

  test("security S20: reads its source as its requester, and writes as its requester", async () => {
    const copy = (from: string) =>
      asBob({ method: "PUT", path: `/${bucket}-bob/copy`, headers: { "x-amz-copy-source": from } });

    expect(shown(await copy(`${bucket}/a/1`))).toEqual(denied);
    expect(shown(await copy(`${bucket}/absent`))).toEqual(denied);
    await put({ Action: "s3:GetObject", Resource: `arn:aws:s3:::${bucket}/a/*` });
    await s3.call({ method: "PUT", path: `/${bucket}/b`, body: "two" });

    expect((await copy(`${bucket}/a/1`)).status).toBe(200);
    expect(shown(await copy(`${bucket}/b`))).toEqual(denied);
    expect((await asBob({ path: `/${bucket}-bob/copy` })).text).toBe("one");
    const back = { "x-amz-copy-source": `${bucket}-bob/copy` };
    expect(shown(await asBob({ method: "PUT", path: `/${bucket}/c`, headers: back }))).toEqual(denied);
  });

  test("of a part is held to the same", async () => {
    const path = `/${bucket}-bob/parts`;
    const uploadId = (await asBob({ method: "POST", path, query: { uploads: "" } })).one("UploadId") ?? "";
    const part = (from: string) =>
      asBob({ method: "PUT", path, query: { uploadId, partNumber: "1" }, headers: { "x-amz-copy-source": from } });
    await put({ Action: "s3:GetObject", Resource: `arn:aws:s3:::${bucket}/b` });

    expect(shown(await part(`${bucket}/a/1`))).toEqual(denied);
    await put({ Action: "s3:GetObject" });
    expect((await part(`${bucket}/a/1`)).status).toBe(200);
  });
});

test("security S26: a policy, an ACL or a block that cannot be read lets nobody in", async () => {
  await s3.call({ method: "PUT", path: `/${bucket}/a/1`, query: { acl: "" }, headers: { "x-amz-acl": "public-read" } });
  expect((await asBob({})).status).toBe(200);
  for (const [name, broken] of [
    ["policy", "{"],
    ["acl", '[{"permission":"READ"}]'],
    ["publicAccessBlock", "<PublicAccessBlockConfiguration><X/></PublicAccessBlockConfiguration>"],
  ] as const) {
    await gateway.store.putBucketConfiguration(bucket, name, broken);
    for (const account of [bob, null])
      expect((await s3.call({ path: `/${bucket}/a/1`, account })).status).not.toBe(200);
    await gateway.store.putBucketConfiguration(bucket, name, undefined);
  }
  await gateway.store.putObjectAttributes({ bucket, key: "a/1" }, { acl: "[{}]" });

  expect((await asBob({})).status).not.toBe(200);
});

test("a policy that cannot be read any more can be replaced by the owner", async () => {
  await gateway.store.putBucketConfiguration(bucket, "policy", '{"Statement":"of another time"}');

  expect(shown(await s3.call({ path: `/${bucket}/a/1` }))).toEqual(denied);
  expect((await s3.call({ path: `/${bucket}`, query: { policy: "" } })).text).toContain("of another time");
  await put({ Action: "s3:GetObject" });
  expect((await asBob({})).text).toBe("one");
});

test("a change holds for the next request", async () => {
  for (let round = 0; round < 20; round += 1) {
    await put({ Action: "s3:GetObject" });
    expect((await asBob({})).status).toBe(200);
    await s3.call({ method: "DELETE", path: `/${bucket}`, query: { policy: "" } });
    expect((await asBob({})).status).toBe(403);
  }
});

test("a bucket of the same name begins without the policy of the one before", async () => {
  await put({ Action: "*" });
  await s3.call({ method: "DELETE", path: `/${bucket}/a/1` });
  await s3.call({ method: "DELETE", path: `/${bucket}` });
  await s3.call({ method: "PUT", path: `/${bucket}` });

  expect(shown(await asBob({ path: `/${bucket}` }))).toEqual(denied);
});

test("the owner is who made the bucket, whatever policies say", async () => {
  await put({ Action: "s3:*", Principal: { AWS: bob.id } });
  await asBob({
    method: "PUT",
    path: `/${bucket}`,
    query: { policy: "" },
    body: policy({ Effect: "Deny", Action: "s3:GetObject", Principal: { AWS: ann.id } }),
  });

  expect(shown(await s3.call({ path: `/${bucket}/a/1` }))).toEqual(denied);
  expect((await s3.call({ method: "DELETE", path: `/${bucket}`, query: { policy: "" } })).status).toBe(204);
  expect((await s3.call({ path: `/${bucket}/a/1` })).text).toBe("one");
});
