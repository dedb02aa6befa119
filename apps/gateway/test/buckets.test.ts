import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { createS3Client, type S3Client } from "./support/s3-client.ts";
import { ann, bob } from "./support/start-gateway.ts";

let gateway: MemoryGateway;
let s3: S3Client;
beforeAll(async () => {
  gateway = await startMemoryGateway();
  s3 = createS3Client(gateway);
  await s3.call({ method: "PUT", path: "/photos" });
});
afterAll(() => gateway.close());

describe("CreateBucket", () => {
  test("makes a bucket once", async () => {
    const created = await s3.call({ method: "PUT", path: "/create-one" });
    const again = await s3.call({ method: "PUT", path: "/create-one" });
    const other = await s3.call({ method: "PUT", path: "/create-one", account: bob });

    expect([created.status, created.headers.location, created.text]).toEqual([200, "/create-one", ""]);
    expect([again.status, again.code, again.one("BucketName")]).toEqual([409, "BucketAlreadyOwnedByYou", "create-one"]);
    expect([other.status, other.code]).toEqual([409, "BucketAlreadyExists"]);
  });

  test("has exactly one winner among many", async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => s3.call({ method: "PUT", path: "/create-race" })),
    );

    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 409)]);
  });

  test.each([
    ["", 200, undefined],
    ["<CreateBucketConfiguration/>", 200, undefined],
    ["<CreateBucketConfiguration><LocationConstraint/></CreateBucketConfiguration>", 200, undefined],
    [
      "<CreateBucketConfiguration><LocationConstraint>us-east-1</LocationConstraint></CreateBucketConfiguration>",
      200,
      undefined,
    ],
    [
      "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>",
      400,
      "IllegalLocationConstraintException",
    ],
    [
      "<CreateBucketConfiguration><LocationConstraint>mars</LocationConstraint></CreateBucketConfiguration>",
      400,
      "InvalidLocationConstraint",
    ],
    ["<CreateBucketConfiguration><Tags><Tag/></Tags></CreateBucketConfiguration>", 501, "NotImplemented"],
    ["<CreateBucketConfiguration>", 400, "MalformedXML"],
    ["<Other/>", 400, "MalformedXML"],
    ["<!DOCTYPE a><CreateBucketConfiguration/>", 400, "MalformedXML"],
  ])("with the body %j answers %i %s", async (body, status, code) => {
    const name = `create-body-${createdBuckets++}`;

    const answer = await s3.call({ method: "PUT", path: `/${name}`, body });

    expect([answer.status, answer.code]).toEqual([status, code]);
    expect(await gateway.store.readBucket(name)).toEqual(status === 200 ? expect.anything() : undefined);
  });

  test.each([
    ["/ab", {}, 400, "InvalidBucketName"],
    ["/Photos", {}, 400, "InvalidBucketName"],
    ["/storage", {}, 400, "InvalidBucketName"],
    ["/..", {}, 400, "InvalidBucketName"],
    ["/create-lock", { "x-amz-bucket-object-lock-enabled": "perhaps" }, 400, "InvalidArgument"],
    ["/create-acl", { "x-amz-acl": "nobody" }, 400, "InvalidArgument"],
    ["/create-own", { "x-amz-object-ownership": "Nobody" }, 400, "InvalidArgument"],
  ])("of %s with %j answers %i %s", async (path, headers, status, code) => {
    const answer = await s3.call({ method: "PUT", path, headers });

    expect([answer.status, answer.code]).toEqual([status, code]);
    expect(await gateway.store.readBucket(path.slice(1))).toBeUndefined();
  });

  test("is never anonymous", async () => {
    const answer = await s3.call({ method: "PUT", path: "/create-anonymous", account: null });

    expect([answer.status, answer.code]).toEqual([403, "AccessDenied"]);
    expect(await gateway.store.readBucket("create-anonymous")).toBeUndefined();
  });
});

describe("HeadBucket", () => {
  test("names the region", async () => {
    const answer = await s3.call({ method: "HEAD", path: "/photos" });

    expect([answer.status, answer.headers["x-amz-bucket-region"], answer.body.length]).toEqual([200, "us-east-1", 0]);
  });

  test.each([
    ["somebody else", bob],
    ["nobody", null],
  ])("names it to %s as well, with a 403 without body", async (_, account) => {
    const answer = await s3.call({ method: "HEAD", path: "/photos", account });

    expect([answer.status, answer.headers["x-amz-bucket-region"], answer.body.length]).toEqual([403, "us-east-1", 0]);
    expect(answer.headers["x-amz-request-id"]).toMatch(/^[0-9A-F]{16}$/);
  });

  test("of what is not there is a 404 without body", async () => {
    const answer = await s3.call({ method: "HEAD", path: "/absent" });

    expect([answer.status, answer.body.length, answer.headers["x-amz-bucket-region"]]).toEqual([404, 0, undefined]);
  });
});

describe("DeleteBucket", () => {
  test("removes an empty bucket", async () => {
    await s3.call({ method: "PUT", path: "/delete-me" });

    const answer = await s3.call({ method: "DELETE", path: "/delete-me" });

    expect([answer.status, answer.text, answer.headers["content-type"]]).toEqual([204, "", undefined]);
    expect((await s3.call({ method: "HEAD", path: "/delete-me" })).status).toBe(404);
    expect((await s3.call({ method: "DELETE", path: "/delete-me" })).code).toBe("NoSuchBucket");
  });

  test("refuses while a delete marker is left", async () => {
    await s3.call({ method: "PUT", path: "/delete-full" });
    await gateway.store.putBucketVersioning("delete-full", "Enabled");
    await s3.call({ method: "DELETE", path: "/delete-full/k" });

    const answer = await s3.call({ method: "DELETE", path: "/delete-full" });

    expect([answer.status, answer.code]).toEqual([409, "BucketNotEmpty"]);
    expect(await gateway.store.readBucket("delete-full")).toBeDefined();
  });
});

describe("ListBuckets", () => {
  test("shows the caller's own, by name, in pages", async () => {
    for (const name of ["list-b", "list-a", "list-c"]) await s3.call({ method: "PUT", path: `/${name}` });
    await s3.call({ method: "PUT", path: "/list-of-bob", account: bob });

    const whole = await s3.call({ path: "/", query: { prefix: "list-" } });
    const first = await s3.call({ path: "/", query: { prefix: "list-", "max-buckets": "2" } });
    const token = first.one("ContinuationToken") ?? "";
    const second = await s3.call({
      path: "/",
      query: { prefix: "list-", "max-buckets": "2", "continuation-token": token },
    });

    expect(whole.status).toBe(200);
    expect(whole.text).toContain('<ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">');
    expect(whole.all("Name")).toEqual(["list-a", "list-b", "list-c"]);
    expect(whole.all("ID")).toEqual([ann.id]);
    expect(whole.one("CreationDate")).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(whole.one("ContinuationToken")).toBeUndefined();
    expect(first.all("Name")).toEqual(["list-a", "list-b"]);
    expect(second.all("Name")).toEqual(["list-c"]);
  });

  test.each([
    [{ "max-buckets": "0" }],
    [{ "max-buckets": "10001" }],
    [{ "max-buckets": "a" }],
    [{ "continuation-token": "made-up" }],
  ])("refuses %j", async (query) => {
    const answer = await s3.call({ path: "/", query });

    expect([answer.status, answer.code]).toEqual([400, "InvalidArgument"]);
  });

  test("is never anonymous", async () => {
    const answer = await s3.call({ path: "/", account: null });

    expect([answer.status, answer.code]).toEqual([403, "AccessDenied"]);
  });
});

describe("what is configured", () => {
  const empty = { status: 200, code: undefined };
  const absent = (code: string) => ({ status: 404, code });

  test.each([
    ["location", empty],
    ["versioning", empty],
    ["analytics", empty],
    ["intelligent-tiering", empty],
    ["inventory", empty],
    ["metrics", empty],
    ["acl", empty],
    ["policy", absent("NoSuchBucketPolicy")],
    ["policyStatus", empty],
    ["cors", absent("NoSuchCORSConfiguration")],
    ["lifecycle", absent("NoSuchLifecycleConfiguration")],
    ["tagging", absent("NoSuchTagSet")],
    ["object-lock", absent("ObjectLockConfigurationNotFoundError")],
    ["ownershipControls", absent("OwnershipControlsNotFoundError")],
    ["publicAccessBlock", absent("NoSuchPublicAccessBlockConfiguration")],
    ["encryption", absent("ServerSideEncryptionConfigurationNotFoundError")],
    ["website", absent("NoSuchWebsiteConfiguration")],
    ["replication", absent("ReplicationConfigurationNotFoundError")],
    ["logging", empty],
    ["notification", empty],
    ["requestPayment", empty],
    ["accelerate", empty],
  ])("GET ?%s says so", async (name, expected) => {
    const answer = await s3.call({ path: "/photos", query: { [name]: "" } });
    const other = await s3.call({ path: "/photos", query: { [name]: "" }, account: bob });
    const missing = await s3.call({ path: "/absent", query: { [name]: "" } });

    expect({ status: answer.status, code: answer.code }).toEqual(expected);
    expect([other.status, other.code]).toEqual([403, "AccessDenied"]);
    expect([missing.status, missing.code]).toEqual([404, "NoSuchBucket"]);
  });

  test("the location of us-east-1 is empty, any other is named", async () => {
    const elsewhere = await startMemoryGateway({ region: "eu-central-1" });
    const there = createS3Client(elsewhere);
    await there.call({ method: "PUT", path: "/photos", region: "eu-central-1" });

    const here = await s3.call({ path: "/photos", query: { location: "" } });
    const answer = await there.call({ path: "/photos", query: { location: "" }, region: "eu-central-1" });
    await elsewhere.close();

    expect(here.one("LocationConstraint")).toBe("");
    expect(answer.one("LocationConstraint")).toBe("eu-central-1");
  });

  test("the ACL gives the owner all rights and nobody else any", async () => {
    await s3.call({ method: "PUT", path: "/photos/acl" });

    for (const path of ["/photos", "/photos/acl"]) {
      const answer = await s3.call({ path, query: { acl: "" } });

      expect(answer.status).toBe(200);
      expect(answer.all("ID")).toEqual([ann.id, ann.id]);
      expect(answer.all("Permission")).toEqual(["FULL_CONTROL"]);
    }
  });

  test("an object has no tags", async () => {
    await s3.call({ method: "PUT", path: "/photos/tags" });

    const answer = await s3.call({ path: "/photos/tags", query: { tagging: "" } });

    expect([answer.status, answer.all("Tag")]).toEqual([200, []]);
    expect((await s3.call({ path: "/photos/absent", query: { tagging: "" } })).code).toBe("NoSuchKey");
  });

  test.each([["accelerate"], ["inventory"]])("PUT and DELETE ?%s are refused, and the bucket stays", async (name) => {
    for (const method of ["PUT", "DELETE"]) {
      const answer = await s3.call({ method, path: "/photos", query: { [name]: "" }, body: "<X/>" });

      expect([answer.status, answer.code, answer.one("ParameterName")]).toEqual([501, "NotImplemented", name]);
    }
    expect(await gateway.store.readBucket("photos")).toBeDefined();
  });
});

let createdBuckets = 0;
