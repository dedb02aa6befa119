import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { createS3Client, md5, type S3Answer, type S3Client, type S3Request } from "./support/s3-client.ts";
import { ann, bob } from "./support/start-gateway.ts";

const allUsers = "http://acs.amazonaws.com/groups/global/AllUsers";
const denied = [403, "AccessDenied"];

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
  bucket = `acl-${buckets}`;
  await s3.call({ method: "PUT", path: `/${bucket}` });
  await s3.call({ method: "PUT", path: `/${bucket}/k`, body: "one" });
});

const asBob = (request: Partial<S3Request>) => s3.call({ path: `/${bucket}/k`, account: bob, ...request });
const asNobody = (request: Partial<S3Request>) => s3.call({ path: `/${bucket}/k`, account: null, ...request });
const shown = ({ status, code }: S3Answer) => [status, code];

type AclRequest = Pick<Partial<S3Request>, "headers" | "body" | "account"> & { readonly key?: string };

function putAcl({ key, ...request }: AclRequest): Promise<S3Answer> {
  const path = key === undefined ? `/${bucket}` : `/${bucket}/${key}`;
  return s3.call({ method: "PUT", path, query: { acl: "" }, ...request });
}

const canned = (acl: string) => ({ "x-amz-acl": acl });

async function grantsOf(path: string, account = ann): Promise<readonly string[]> {
  const answer = await s3.call({ path, query: { acl: "" }, account });
  const grantees = [...answer.text.matchAll(/<Grantee[^>]*>.*?<(?:ID|URI)>(.*?)</g)].map(([, name]) => name ?? "");
  return answer.all("Permission").map((permission, at) => `${nameOf(grantees[at] ?? "")} ${permission}`);
}

function nameOf(grantee: string): string {
  return { [ann.id]: "ann", [bob.id]: "bob" }[grantee] ?? grantee.split("/").at(-1) ?? "";
}

function document(ownerId: string, ...grants: readonly string[]): string {
  const xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
  const list = grants.map((grant) => {
    const [type = "", name = "", permission = ""] = grant.split(" ");
    const element = { CanonicalUser: "ID", Group: "URI", AmazonCustomerByEmail: "EmailAddress" }[type];
    return `<Grant><Grantee ${xsi} xsi:type="${type}"><${element}>${name}</${element}></Grantee><Permission>${permission}</Permission></Grant>`;
  });
  return `<AccessControlPolicy><Owner><ID>${ownerId}</ID></Owner><AccessControlList>${list.join("")}</AccessControlList></AccessControlPolicy>`;
}

describe("the ACL of a bucket", () => {
  test.each([
    ["private", ["ann FULL_CONTROL"]],
    ["public-read", ["AllUsers READ", "ann FULL_CONTROL"]],
    ["public-read-write", ["AllUsers READ", "AllUsers WRITE", "ann FULL_CONTROL"]],
    ["authenticated-read", ["AuthenticatedUsers READ", "ann FULL_CONTROL"]],
    ["log-delivery-write", ["LogDelivery WRITE", "LogDelivery READ_ACP", "ann FULL_CONTROL"]],
  ])("%s grants %j, at creation and later", async (name, expected) => {
    expect((await putAcl({ headers: canned(name) })).status).toBe(200);
    expect(await grantsOf(`/${bucket}`)).toEqual(expected);

    await s3.call({ method: "PUT", path: `/${bucket}-new`, headers: canned(name) });
    expect(await grantsOf(`/${bucket}-new`)).toEqual(expected);
  });

  test("grants by headers, with ids, addresses and groups", async () => {
    const headers = {
      "x-amz-grant-read": `id="${bob.id}", uri=${allUsers}`,
      "x-amz-grant-write-acp": `emailAddress="${bob.email.toUpperCase()}"`,
    };

    expect((await putAcl({ headers })).status).toBe(200);
    expect(await grantsOf(`/${bucket}`)).toEqual(["AllUsers READ", "bob READ", "bob WRITE_ACP"]);
  });

  test("grants by a document, which may take the owner's away", async () => {
    await putAcl({
      body: document(ann.id, `CanonicalUser ${bob.id} READ`, `AmazonCustomerByEmail ${bob.email} WRITE`),
    });
    expect(await grantsOf(`/${bucket}`)).toEqual(["bob READ", "bob WRITE"]);

    await putAcl({ body: document(ann.id) });
    expect(await grantsOf(`/${bucket}`)).toEqual([]);
    expect((await s3.call({ path: `/${bucket}` })).status).toBe(200);
    expect((await asBob({ path: `/${bucket}` })).status).toBe(403);
  });

  test.each<[string, AclRequest, number, string]>([
    ["nothing", {}, 400, "MissingSecurityHeader"],
    ["headers and a document", { headers: canned("private"), body: "<X/>" }, 400, "UnexpectedContent"],
    [
      "two kinds of headers",
      { headers: { ...canned("private"), "x-amz-grant-read": `id=${bob.id}` } },
      400,
      "InvalidRequest",
    ],
    ["an unknown name", { headers: canned("everybody") }, 400, "InvalidArgument"],
    ["an unknown id", { headers: { "x-amz-grant-read": "id=nobody" } }, 400, "InvalidArgument"],
    ["an unknown group", { headers: { "x-amz-grant-read": "uri=http://example.com" } }, 400, "InvalidArgument"],
    [
      "an unknown address",
      { headers: { "x-amz-grant-read": "emailAddress=x@example.com" } },
      400,
      "UnresolvableGrantByEmailAddress",
    ],
    ["no address", { headers: { "x-amz-grant-read": 'emailAddress=""' } }, 400, "InvalidArgument"],
    ["a grantee of no type", { headers: { "x-amz-grant-read": "bob" } }, 400, "InvalidArgument"],
    ["no ACL", { body: "<X/>" }, 400, "MalformedACLError"],
    [
      "a permission that there is not",
      { body: document(ann.id, `CanonicalUser ${bob.id} DELETE`) },
      400,
      "MalformedACLError",
    ],
    ["another owner", { body: document(bob.id) }, 403, "AccessDenied"],
    [
      "too many grants",
      { body: document(ann.id, ...Array.from({ length: 101 }, () => `CanonicalUser ${bob.id} READ`)) },
      400,
      "MalformedACLError",
    ],
  ])("of %s is refused, and the one before stays", async (_, request, status, code) => {
    await putAcl({ headers: canned("public-read") });

    expect(shown(await putAcl(request))).toEqual([status, code]);
    expect(await grantsOf(`/${bucket}`)).toEqual(["AllUsers READ", "ann FULL_CONTROL"]);
  });

  test("with READ lists, and no more", async () => {
    await putAcl({ headers: canned("public-read") });

    for (const ask of [asBob, asNobody]) {
      for (const query of [{}, { "list-type": "2" }, { versions: "" }, { uploads: "" }]) {
        expect((await ask({ path: `/${bucket}`, query })).status).toBe(200);
      }
      expect((await ask({ method: "HEAD", path: `/${bucket}` })).status).toBe(200);
      expect(shown(await ask({}))).toEqual(denied);
      expect(shown(await ask({ path: `/${bucket}/absent` }))).toEqual([404, "NoSuchKey"]);
      expect(shown(await ask({ method: "PUT", body: "x" }))).toEqual(denied);
      expect(shown(await ask({ method: "DELETE" }))).toEqual(denied);
      expect(shown(await ask({ path: `/${bucket}`, query: { acl: "" } }))).toEqual(denied);
    }
  });

  test("for those who sign is not for the rest", async () => {
    await putAcl({ headers: canned("authenticated-read") });

    expect((await asBob({ path: `/${bucket}` })).status).toBe(200);
    expect(shown(await asNobody({ path: `/${bucket}` }))).toEqual(denied);
  });

  test("with WRITE writes, and deletes what is the writer's own", async () => {
    await putAcl({ headers: { "x-amz-grant-write": `id=${bob.id}` } });

    expect((await asBob({ method: "PUT", path: `/${bucket}/b`, body: "bob's" })).status).toBe(200);
    expect(shown(await asBob({ method: "DELETE" }))).toEqual(denied);
    expect((await asBob({ method: "DELETE", path: `/${bucket}/b` })).status).toBe(204);
    expect((await asBob({ method: "DELETE", path: `/${bucket}/absent` })).status).toBe(204);
    const body = "<Delete><Object><Key>k</Key></Object><Object><Key>absent</Key></Object></Delete>";
    const headers = { "content-md5": Buffer.from(md5(body), "hex").toString("base64") };
    const answer = await asBob({ method: "POST", path: `/${bucket}`, query: { delete: "" }, body, headers });
    expect([answer.status, answer.all("Code")]).toEqual([200, ["AccessDenied"]]);
    expect((await s3.call({ path: `/${bucket}/k` })).text).toBe("one");
    expect((await asBob({ method: "PUT", body: "overwritten" })).status).toBe(200);
  });

  test("with WRITE_ACP changes the ACL, and with READ_ACP reads it", async () => {
    await putAcl({ headers: { "x-amz-grant-write-acp": `id=${bob.id}` } });

    expect(shown(await asBob({ path: `/${bucket}`, query: { acl: "" } }))).toEqual(denied);
    expect((await putAcl({ account: bob, headers: { "x-amz-grant-read-acp": `id=${bob.id}` } })).status).toBe(200);
    expect(await grantsOf(`/${bucket}`, bob)).toEqual(["bob READ_ACP"]);
    expect(shown(await putAcl({ account: bob, headers: canned("private") }))).toEqual(denied);
  });

  test("is part of what a bucket is made as", async () => {
    const again = (headers: Record<string, string>) => s3.call({ method: "PUT", path: `/${bucket}`, headers });

    expect((await again({})).code).toBe("BucketAlreadyOwnedByYou");
    expect((await again(canned("private"))).code).toBe("BucketAlreadyOwnedByYou");
    expect((await again(canned("public-read"))).code).toBe("BucketAlreadyExists");
    expect(await grantsOf(`/${bucket}`)).toEqual(["ann FULL_CONTROL"]);
  });
});

describe("the ACL of an object", () => {
  test("is that of its write", async () => {
    const write = (headers: Record<string, string>) =>
      s3.call({ method: "PUT", path: `/${bucket}/k`, body: "one", headers });

    await write(canned("public-read"));
    expect((await asNobody({})).text).toBe("one");
    expect(await grantsOf(`/${bucket}/k`)).toEqual(["AllUsers READ", "ann FULL_CONTROL"]);
    await write({ "x-amz-grant-read": `id=${bob.id}` });
    expect((await asBob({})).text).toBe("one");
    expect(await grantsOf(`/${bucket}/k`)).toEqual(["bob READ"]);
    await write({});
    expect(shown(await asBob({}))).toEqual(denied);
  });

  test("is not copied, and can be set for the copy", async () => {
    await putAcl({ key: "k", headers: canned("public-read") });
    const copy = (headers: Record<string, string>) =>
      s3.call({ method: "PUT", path: `/${bucket}/copy`, headers: { "x-amz-copy-source": `${bucket}/k`, ...headers } });

    await copy({});
    expect(shown(await asNobody({ path: `/${bucket}/copy` }))).toEqual(denied);
    await copy(canned("public-read"));
    expect((await asNobody({ path: `/${bucket}/copy` })).text).toBe("one");
  });

  test("is that of the upload that made it", async () => {
    const path = `/${bucket}/parts`;
    const begun = await s3.call({ method: "POST", path, query: { uploads: "" }, headers: canned("public-read") });
    const uploadId = begun.one("UploadId") ?? "";
    const part = await s3.call({ method: "PUT", path, query: { uploadId, partNumber: "1" }, body: "part" });
    const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.etag}</ETag></Part></CompleteMultipartUpload>`;
    await s3.call({ method: "POST", path, query: { uploadId }, body });

    expect((await asNobody({ path })).text).toBe("part");
  });

  test("gives no right to the bucket, to other objects or to writing", async () => {
    await s3.call({ method: "PUT", path: `/${bucket}/other`, body: "two" });
    await putAcl({ key: "k", headers: canned("public-read-write") });

    expect((await asNobody({ method: "HEAD" })).status).toBe(200);
    expect(shown(await asNobody({ path: `/${bucket}/other` }))).toEqual(denied);
    expect(shown(await asNobody({ path: `/${bucket}/absent` }))).toEqual(denied);
    expect(shown(await asNobody({ path: `/${bucket}` }))).toEqual(denied);
    expect(shown(await asNobody({ method: "PUT", body: "x" }))).toEqual(denied);
    expect(shown(await asNobody({ method: "DELETE" }))).toEqual(denied);
    expect(shown(await asNobody({ query: { acl: "" } }))).toEqual(denied);
  });

  test("belongs to a version", async () => {
    const versioning = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    await s3.call({ method: "PUT", path: `/${bucket}`, query: { versioning: "" }, body: versioning });
    const path = `/${bucket}/k`;
    const first = (await s3.call({ method: "PUT", path, body: "first" })).headers["x-amz-version-id"] ?? "";
    await s3.call({ method: "PUT", path, body: "second" });

    const query = { acl: "", versionId: first };
    expect((await s3.call({ method: "PUT", path, query, headers: canned("public-read") })).status).toBe(200);

    expect((await asNobody({ query: { versionId: first } })).text).toBe("first");
    expect(shown(await asNobody({}))).toEqual(denied);
  });

  test("of nothing is NoSuchKey for who may list, and AccessDenied for others", async () => {
    const query = { acl: "" };

    expect(shown(await s3.call({ path: `/${bucket}/absent`, query }))).toEqual([404, "NoSuchKey"]);
    expect(shown(await putAcl({ key: "absent", headers: canned("private") }))).toEqual([404, "NoSuchKey"]);
    expect(shown(await asBob({ path: `/${bucket}/absent`, query }))).toEqual(denied);
    expect(shown(await putAcl({ key: "absent", account: bob, headers: canned("private") }))).toEqual(denied);
  });

  test("changes neither the object nor when it was written", async () => {
    const before = await s3.call({ path: `/${bucket}/k` });
    await putAcl({ key: "k", body: document(ann.id, `CanonicalUser ${bob.id} FULL_CONTROL`) });
    const after = await s3.call({ path: `/${bucket}/k` });

    expect([after.text, after.headers.etag, after.headers["last-modified"]]).toEqual([
      before.text,
      before.headers.etag,
      before.headers["last-modified"],
    ]);
    expect((await putAcl({ key: "k", account: bob, headers: canned("private") })).status).toBe(200);
    expect(await grantsOf(`/${bucket}/k`)).toEqual(["ann FULL_CONTROL"]);
  });

  test("of somebody else's object in the bucket is theirs, and bucket-owner-read lets the owner in", async () => {
    await putAcl({ headers: canned("public-read-write") });
    await asBob({ method: "PUT", path: `/${bucket}/b`, body: "bob's" });

    expect(shown(await s3.call({ path: `/${bucket}/b` }))).toEqual(denied);
    expect(shown(await putAcl({ key: "b", headers: canned("public-read") }))).toEqual(denied);
    expect((await putAcl({ key: "b", account: bob, headers: canned("bucket-owner-read") })).status).toBe(200);
    expect((await s3.call({ path: `/${bucket}/b` })).text).toBe("bob's");
    expect(await grantsOf(`/${bucket}/b`, bob)).toEqual(["bob FULL_CONTROL", "ann READ"]);
  });
});

describe("requests that nobody signed", () => {
  test("write where everybody may, and what they write is the bucket owner's", async () => {
    await putAcl({ headers: canned("public-read-write") });

    expect((await asNobody({ method: "PUT", path: `/${bucket}/n`, body: "anonymous" })).status).toBe(200);

    expect((await s3.call({ path: `/${bucket}/n` })).text).toBe("anonymous");
    expect(await grantsOf(`/${bucket}/n`)).toEqual(["ann FULL_CONTROL"]);
    expect(shown(await asNobody({ path: `/${bucket}/n` }))).toEqual(denied);
  });

  test("never make or list buckets, copy, upload in parts or configure, whatever is allowed", async () => {
    const Resource = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
    const statement = { Effect: "Allow", Principal: "*", Action: "*", Resource };
    const body = JSON.stringify({ Version: "2012-10-17", Statement: statement });
    await s3.call({ method: "PUT", path: `/${bucket}`, query: { policy: "" }, body });
    const path = `/${bucket}`;
    const copy = { "x-amz-copy-source": `${bucket}/k` };

    expect((await asNobody({})).text).toBe("one");
    for (const request of [
      { path: "/" },
      { method: "PUT", path: "/made-by-nobody" },
      { method: "DELETE", path },
      { method: "POST", query: { uploads: "" } },
      { method: "PUT", headers: copy },
      { method: "PUT", path, query: { acl: "" }, headers: canned("private") },
      { method: "PUT", path, query: { policy: "" }, body },
      { method: "DELETE", path, query: { policy: "" } },
      { method: "GET", path, query: { policy: "" } },
      { method: "PUT", path, query: { ownershipControls: "" } },
      { method: "PUT", query: { acl: "" }, headers: canned("private") },
    ]) {
      expect(shown(await asNobody(request))).toEqual(denied);
    }
    expect(await gateway.store.readBucket("made-by-nobody")).toBeUndefined();
  });

  test("are nobody's account", async () => {
    const headers = { "x-amz-grant-read": "id=65a011a29cdf8ec533ec3d1ccaae921c" };

    expect(shown(await putAcl({ headers }))).toEqual([400, "InvalidArgument"]);
  });
});
