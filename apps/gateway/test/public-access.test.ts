import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { createS3Client, type S3Answer, type S3Client, type S3Request } from "./support/s3-client.ts";
import { ann, bob } from "./support/start-gateway.ts";

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
  bucket = `public-${buckets}`;
  await s3.call({ method: "PUT", path: `/${bucket}` });
  await s3.call({ method: "PUT", path: `/${bucket}/k`, body: "one", headers: { "x-amz-acl": "public-read" } });
});

const asBob = (request: Partial<S3Request>) => s3.call({ path: `/${bucket}/k`, account: bob, ...request });
const asNobody = (request: Partial<S3Request>) => s3.call({ path: `/${bucket}/k`, account: null, ...request });
const shown = ({ status, code }: S3Answer) => [status, code];
const configure = (name: string, body: string, method = "PUT") =>
  s3.call({ method, path: `/${bucket}`, query: { [name]: "" }, body });

const names = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];
const block = (...on: readonly string[]) =>
  configure(
    "publicAccessBlock",
    `<PublicAccessBlockConfiguration>${names.map((name) => `<${name}>${on.includes(name)}</${name}>`).join("")}</PublicAccessBlockConfiguration>`,
  );

function policyFor(principal: unknown): string {
  const Resource = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Principal: principal, Action: "*", Resource },
  });
}

describe("a public access block", () => {
  test("is read as it was put, until it is deleted", async () => {
    expect((await block("BlockPublicAcls")).status).toBe(200);

    const read = await configure("publicAccessBlock", "", "GET");
    expect(names.map((name) => read.one(name))).toEqual(["true", "false", "false", "false"]);
    expect((await configure("publicAccessBlock", "", "DELETE")).status).toBe(204);
    expect((await configure("publicAccessBlock", "", "GET")).code).toBe("NoSuchPublicAccessBlockConfiguration");
  });

  test("that blocks public ACLs takes no new one, on any way, and keeps the old", async () => {
    await block("BlockPublicAcls");
    const copy = { "x-amz-copy-source": `${bucket}/k` };

    for (const acl of ["public-read", "public-read-write", "authenticated-read"]) {
      const headers = { "x-amz-acl": acl };
      const path = `/${bucket}`;
      for (const request of [
        { method: "PUT", path, query: { acl: "" } },
        { method: "PUT", path: `${path}/k`, query: { acl: "" } },
        { method: "PUT", path: `${path}/new`, body: "x" },
        { method: "POST", path: `${path}/new`, query: { uploads: "" } },
      ]) {
        expect(shown(await s3.call({ ...request, headers }))).toEqual(denied);
      }
      expect(shown(await s3.call({ method: "PUT", path: `${path}/new`, headers: { ...headers, ...copy } }))).toEqual(
        denied,
      );
    }
    expect((await s3.call({ path: `/${bucket}/new` })).code).toBe("NoSuchKey");
    expect((await asNobody({})).text).toBe("one");
    const headers = { "x-amz-grant-read": `id=${bob.id}` };
    expect((await s3.call({ method: "PUT", path: `/${bucket}/new`, headers })).status).toBe(200);
  });

  test("that ignores public ACLs leaves them without effect", async () => {
    await s3.call({ method: "PUT", path: `/${bucket}`, query: { acl: "" }, headers: { "x-amz-acl": "public-read" } });
    expect((await asNobody({ path: `/${bucket}` })).status).toBe(200);

    await block("IgnorePublicAcls");

    for (const ask of [asBob, asNobody]) {
      expect(shown(await ask({}))).toEqual(denied);
      expect(shown(await ask({ path: `/${bucket}` }))).toEqual(denied);
    }
    expect((await s3.call({ path: `/${bucket}/k` })).text).toBe("one");
  });

  test("that blocks public policies takes no new one", async () => {
    await block("BlockPublicPolicy");

    expect(shown(await configure("policy", policyFor("*")))).toEqual(denied);
    expect((await configure("policy", policyFor({ AWS: bob.id }))).status).toBe(204);
  });

  test("security S19: that restricts public buckets does so for every way to read", async () => {
    await s3.call({ method: "PUT", path: `/${bucket}/private`, body: "two" });
    await configure("policy", policyFor("*"));
    const path = `/${bucket}`;
    const reads: readonly Partial<S3Request>[] = [
      { path: `${path}/private` },
      { path: `${path}/private`, query: { versionId: "null" } },
      { path: `${path}/private`, query: { acl: "" } },
      { path: `${path}/private`, query: { tagging: "" } },
      { path },
      { path, query: { "list-type": "2" } },
      { path, query: { versions: "" } },
      { path, query: { uploads: "" } },
      { path, query: { location: "" } },
      { path, query: { acl: "" } },
    ];
    for (const read of reads) expect((await asNobody(read)).status).toBe(200);

    await block("RestrictPublicBuckets");

    for (const read of reads) {
      expect(shown(await asNobody(read))).toEqual(denied);
      expect(shown(await asBob(read))).toEqual(denied);
      expect((await s3.call({ path, ...read })).status).toBe(200);
    }
  });

  test("that restricts public buckets lets in whom a policy names", async () => {
    await block("RestrictPublicBuckets");
    await configure("policy", policyFor({ AWS: bob.id }));

    expect((await asBob({ path: `/${bucket}` })).status).toBe(200);
  });
});

describe("object ownership", () => {
  const own = (ownership: string) =>
    configure(
      "ownershipControls",
      `<OwnershipControls><Rule><ObjectOwnership>${ownership}</ObjectOwnership></Rule></OwnershipControls>`,
    );
  const write = (key: string, headers: Record<string, string> = {}) =>
    asBob({ method: "PUT", path: `/${bucket}/${key}`, body: "bob's", headers });
  const ownerOf = async (key: string) => {
    const version = await gateway.store.headObject({ bucket, key });
    return { [ann.id]: "ann", [bob.id]: "bob" }[version?.ownerId ?? ""];
  };
  const giveAway = { "x-amz-acl": "bucket-owner-full-control" };
  beforeEach(() => configure("policy", policyFor("*")));

  test("is the writer's while nothing else is set", async () => {
    await write("b");
    await write("given", giveAway);

    expect([await ownerOf("b"), await ownerOf("given")]).toEqual(["bob", "bob"]);
    expect(shown(await s3.call({ path: `/${bucket}/b` }))).toEqual(denied);
    expect((await s3.call({ path: `/${bucket}/given` })).text).toBe("bob's");
  });

  test("is the bucket owner's when preferred and offered", async () => {
    expect((await own("BucketOwnerPreferred")).status).toBe(200);
    await write("b");
    await write("given", giveAway);

    expect([await ownerOf("b"), await ownerOf("given")]).toEqual(["bob", "ann"]);
    expect(shown(await asBob({ path: `/${bucket}/given`, query: { acl: "" } }))).toEqual([200, undefined]); // by the policy
  });

  test("is the bucket owner's when enforced, and ACLs are off", async () => {
    await write("before");
    expect((await own("BucketOwnerEnforced")).status).toBe(200);
    await write("b");
    await write("given", giveAway);

    expect([await ownerOf("b"), await ownerOf("given")]).toEqual(["ann", "ann"]);
    expect((await s3.call({ path: `/${bucket}/before` })).text).toBe("bob's");
    await configure("policy", "", "DELETE");
    expect(shown(await asNobody({}))).toEqual(denied); // k, which was public-read
    const path = `/${bucket}/k`;
    const headers = { "x-amz-acl": "private" };
    for (const request of [{ path }, { path, query: { acl: "" } }, { path: `/${bucket}`, query: { acl: "" } }]) {
      expect(shown(await s3.call({ method: "PUT", ...request, headers }))).toEqual([
        400,
        "AccessControlListNotSupported",
      ]);
    }
    expect((await s3.call({ path, query: { acl: "" } })).all("Permission")).toEqual(["FULL_CONTROL"]);
  });

  test("cannot be enforced while the bucket's ACL lets others in", async () => {
    await s3.call({ method: "PUT", path: `/${bucket}`, query: { acl: "" }, headers: { "x-amz-acl": "public-read" } });

    expect(shown(await own("BucketOwnerEnforced"))).toEqual([400, "InvalidBucketAclWithObjectOwnership"]);
    const headers = { "x-amz-object-ownership": "BucketOwnerEnforced", "x-amz-acl": "public-read" };
    expect(shown(await s3.call({ method: "PUT", path: `/${bucket}-new`, headers }))).toEqual([
      400,
      "InvalidBucketAclWithObjectOwnership",
    ]);
    expect(await gateway.store.readBucket(`${bucket}-new`)).toBeUndefined();
  });

  test("can be chosen for a new bucket, is read, and deleted", async () => {
    const headers = { "x-amz-object-ownership": "BucketOwnerEnforced" };
    const path = `/${bucket}-new`;
    const query = { ownershipControls: "" };
    await s3.call({ method: "PUT", path, headers });

    expect((await s3.call({ path, query })).one("ObjectOwnership")).toBe("BucketOwnerEnforced");
    expect((await s3.call({ method: "DELETE", path, query })).status).toBe(204);
    expect((await s3.call({ path, query })).code).toBe("OwnershipControlsNotFoundError");
    const unknown = { "x-amz-object-ownership": "Nobody" };
    expect(shown(await s3.call({ method: "PUT", path: `${path}-2`, headers: unknown }))).toEqual([
      400,
      "InvalidArgument",
    ]);
  });

  test("of new buckets is a setting of the server", async () => {
    const strict = await startMemoryGateway({ objectOwnership: "BucketOwnerEnforced" });
    const there = createS3Client(strict);
    const headers = { "x-amz-acl": "public-read" };
    await there.call({ method: "PUT", path: "/strict" });

    const ownership = await there.call({ path: "/strict", query: { ownershipControls: "" } });
    const refused = await there.call({ method: "PUT", path: "/strict/k", headers });
    const open = await there.call({ method: "PUT", path: "/open", headers });
    const chosen = { ...headers, "x-amz-object-ownership": "ObjectWriter" };
    const asked = await there.call({ method: "PUT", path: "/asked", headers: chosen });
    await strict.close();

    expect(ownership.one("ObjectOwnership")).toBe("BucketOwnerEnforced");
    expect(shown(refused)).toEqual([400, "AccessControlListNotSupported"]);
    expect(shown(open)).toEqual([400, "InvalidBucketAclWithObjectOwnership"]);
    expect(asked.status).toBe(200);
  });
});
