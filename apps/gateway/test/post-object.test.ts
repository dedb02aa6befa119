import { createHmac } from "node:crypto";
import { signPostPolicy } from "@stave/sigv4-verify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { crc32Base64 } from "./support/chunked-body.ts";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { openRaw, requestHead } from "./support/raw-connection.ts";
import { createS3Client, md5, type S3Answer, type S3Client } from "./support/s3-client.ts";
import { ann, bob } from "./support/start-gateway.ts";

const boundary = "----FormBoundary7MA4";
const maxObjectBytes = 3 * 1024 * 1024;
const soon = () => new Date(Date.now() + 600_000);

type Fields = Readonly<Record<string, string>>;

let gateway: MemoryGateway;
let s3: S3Client;
beforeAll(async () => {
  gateway = await startMemoryGateway({ maxObjectBytes, idleTimeoutMs: 2000 });
  s3 = createS3Client(gateway);
  await s3.call({ method: "PUT", path: "/photos" });
  await s3.call({ method: "PUT", path: "/others", account: bob });
});
afterAll(() => gateway.close());

/** A form as a browser sends it. */
function encodeForm(fields: Fields, file: string | Buffer | undefined, fileName = "cat.jpg"): Buffer {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${fileName}"\r\nContent-Type: image/jpeg\r\n\r\n`;
  return Buffer.concat([
    Buffer.from(parts.join("") + (file === undefined ? "" : head)),
    Buffer.from(file ?? ""),
    Buffer.from(`${file === undefined ? "" : "\r\n"}--${boundary}--\r\n`),
  ]);
}

function post(
  body: Buffer,
  {
    path = "/photos",
    headers = {},
    ...more
  }: { readonly path?: string; readonly headers?: Fields; readonly host?: string } = {},
): Promise<S3Answer> {
  const contentType = `multipart/form-data; boundary=${boundary}`;
  return s3.call({
    method: "POST",
    path,
    account: null,
    ...more,
    body,
    headers: { "content-type": contentType, ...headers },
  });
}

type SignOptions = {
  readonly bucket?: string;
  /** Beside the fields themselves. */
  readonly conditions?: readonly unknown[];
  readonly expiresAt?: Date;
  readonly account?: typeof ann;
};

async function signed(fields: Fields, options: SignOptions = {}): Promise<Fields> {
  const { bucket = "photos", conditions = [], expiresAt = soon(), account = ann } = options;
  const input = { bucket, fields, expiresAt, conditions: conditions as never };
  return signPostPolicy(input, { ...account, region: "us-east-1" });
}

describe("a signed form", () => {
  test("stores its file with what its fields say", async () => {
    const fields = await signed({
      key: "uploads/a b+c.jpg",
      acl: "private",
      "Content-Type": "image/png",
      "Cache-Control": "max-age=5",
      "x-amz-meta-name": "é",
      "x-amz-storage-class": "STANDARD",
      "x-ignore-button": "Send",
    });

    const answer = await post(encodeForm(fields, "the file"));
    const got = await s3.call({ path: "/photos/uploads/a%20b%2Bc.jpg" });

    const location = `http://127.0.0.1:${gateway.port}/photos/uploads/a%20b%2Bc.jpg`;
    expect([answer.status, answer.text]).toEqual([204, ""]);
    expect(answer.headers).toMatchObject({ etag: `"${md5("the file")}"`, location });
    expect([got.status, got.text]).toEqual([200, "the file"]);
    expect(got.headers).toMatchObject({
      "content-type": "image/png",
      "cache-control": "max-age=5",
      "x-amz-meta-name": Buffer.from("é").toString("latin1"),
    });
  });

  test("stores large files byte for byte", async () => {
    const file = Buffer.from(Array.from({ length: 1_500_000 }, (_, at) => (at * 31 + (at >> 9)) % 256));

    const answer = await post(encodeForm(await signed({ key: "large" }), file));
    const got = await s3.call({ path: "/photos/large" });

    expect(answer.status).toBe(204);
    expect(got.body.equals(file)).toBe(true);
    expect(got.headers["content-type"]).toBe("binary/octet-stream");
  });

  test("may be signed by Version 2, as boto3 does by default", async () => {
    const conditions = [{ bucket: "photos" }, { key: "v2" }];
    const policy = Buffer.from(JSON.stringify({ expiration: soon().toISOString(), conditions })).toString("base64");
    const signature = createHmac("sha1", ann.secretAccessKey).update(policy).digest("base64");
    const fields = { key: "v2", AWSAccessKeyId: ann.accessKeyId, policy, signature };

    expect((await post(encodeForm(fields, "v2"))).status).toBe(204);
    expect((await s3.call({ path: "/photos/v2" })).text).toBe("v2");
    const wrong = await post(encodeForm({ ...fields, signature: "AAAA" }, "v2"));
    expect([wrong.status, wrong.code]).toEqual([403, "SignatureDoesNotMatch"]);
  });

  test("puts the name of the file into its key", async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the variable of S3's forms
    const fields = await signed({ key: "by-name/${filename}" }, { conditions: [["starts-with", "$key", "by-name/"]] });

    const answer = await post(encodeForm(fields, "x", "C:\\Pictures\\dog.jpg"));

    expect(answer.status).toBe(204);
    expect((await s3.call({ path: "/photos/by-name/dog.jpg" })).text).toBe("x");
  });

  test.each([
    ["200", 200],
    ["201", 201],
    ["204", 204],
    ["404", 204],
  ])("answers as success_action_status %s asks", async (asked, status) => {
    const answer = await post(encodeForm(await signed({ key: "a<b", success_action_status: asked }), "x"));

    expect(answer.status).toBe(status);
    expect(answer.headers.etag).toBe(`"${md5("x")}"`);
    if (status !== 201) {
      expect(answer.text).toBe("");
      return;
    }
    expect(["Location", "Bucket", "Key", "ETag"].map((name) => answer.one(name))).toEqual([
      `http://127.0.0.1:${gateway.port}/photos/a%3Cb`,
      "photos",
      "a<b",
      `"${md5("x")}"`,
    ]);
  });

  test.each([
    ["https://example.com/done", "https://example.com/done?"],
    ["http://example.com/done?a=b#c", "http://example.com/done?a=b&"],
  ])("redirects to %s", async (redirect, start) => {
    const answer = await post(encodeForm(await signed({ key: "a/b&c", success_action_redirect: redirect }), "x"));

    const hash = redirect.includes("#") ? "#c" : "";
    const query = `bucket=photos&key=a%2Fb%26c&etag=%22${md5("x")}%22`;
    expect([answer.status, answer.headers.location]).toEqual([303, `${start}${query}${hash}`]);
  });

  test.each(["javascript:alert(1)", "/done", "not an address", "//evil"])(
    "does not redirect to %s",
    async (redirect) => {
      const answer = await post(encodeForm(await signed({ key: "a", success_action_redirect: redirect }), "x"));

      expect([answer.status, answer.headers.location]).toEqual([204, `http://127.0.0.1:${gateway.port}/photos/a`]);
    },
  );

  test("is verified against the checksum it has", async () => {
    const right = { "x-amz-checksum-crc32": crc32Base64("checked") };
    const wrong = { "x-amz-checksum-crc32": "AAAAAA==" };

    const good = await post(encodeForm(await signed({ key: "sum", ...right }), "checked"));
    const bad = await post(encodeForm(await signed({ key: "bad-sum", ...wrong }), "checked"));
    const md5Bad = await post(
      encodeForm(await signed({ key: "bad-sum", "Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg==" }), "x"),
    );
    const none = await post(encodeForm(await signed({ key: "bad-sum", "x-amz-checksum-crc32": "x" }), "x"));

    expect([good.status, good.headers["x-amz-checksum-crc32"]]).toEqual([204, crc32Base64("checked")]);
    expect([bad.code, md5Bad.code, none.code]).toEqual(["BadDigest", "BadDigest", "InvalidRequest"]);
    expect((await s3.call({ path: "/photos/bad-sum" })).code).toBe("NoSuchKey");
  });

  test("has a version id in a bucket with versioning", async () => {
    await s3.call({ method: "PUT", path: "/versioned" });
    const enable = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    await s3.call({ method: "PUT", path: "/versioned", query: { versioning: "" }, body: enable });

    const answer = await post(encodeForm(await signed({ key: "a" }, { bucket: "versioned" }), "x"), {
      path: "/versioned",
    });

    expect(answer.headers["x-amz-version-id"]).toMatch(/^[\w-]{10,}$/);
  });

  test("reaches a bucket by its host name and under the mount", async () => {
    const byHost = await post(encodeForm(await signed({ key: "by-host" }), "x"), {
      path: "/",
      host: "photos.localhost",
    });
    const byMount = await post(encodeForm(await signed({ key: "by-mount" }), "x"), { path: "/storage/v1/s3/photos" });

    expect([byHost.status, byHost.headers.location]).toEqual([204, "http://photos.localhost/by-host"]);
    expect(byMount.headers.location).toBe(`http://127.0.0.1:${gateway.port}/storage/v1/s3/photos/by-mount`);
  });
});

describe("a form that nobody signed", () => {
  test("stores its file where everybody may write, with the ACL it asks for", async () => {
    const headers = { "x-amz-acl": "public-read-write", "x-amz-object-ownership": "ObjectWriter" };
    await s3.call({ method: "PUT", path: "/wall", headers });

    const answer = await post(encodeForm({ key: "note", acl: "public-read" }, "hello"), { path: "/wall" });
    const read = await s3.call({ path: "/wall/note", account: null });
    const acl = await s3.call({ path: "/wall/note", query: { acl: "" }, account: null });

    expect([answer.status, read.status, read.text, acl.code]).toEqual([204, 200, "hello", "AccessDenied"]);
  });

  test("stores nothing under a key that a policy leaves out", async () => {
    await s3.call({ method: "PUT", path: "/inbox" });
    const statement = {
      Effect: "Allow",
      Principal: "*",
      Action: "s3:PutObject",
      Resource: "arn:aws:s3:::inbox/in/*",
    };
    const policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    expect((await s3.call({ method: "PUT", path: "/inbox", query: { policy: "" }, body: policy })).status).toBe(204);

    const inside = await post(encodeForm({ key: "in/a" }, "x"), { path: "/inbox" });
    const outside = await post(encodeForm({ key: "out/a" }, "x"), { path: "/inbox" });

    expect([inside.status, outside.status, outside.code]).toEqual([204, 403, "AccessDenied"]);
  });
});

describe("security S21: a refused form stores nothing", () => {
  const key = "refused";
  const range = (minBytes: number, maxBytes: number) => ({
    conditions: [["content-length-range", minBytes, maxBytes]],
  });

  test.each<[string, () => Promise<Buffer>, number, string]>([
    ["nobody signed it", async () => encodeForm({ key }, "x"), 403, "AccessDenied"],
    [
      "its policy expired",
      async () => encodeForm(await signed({ key }, { expiresAt: new Date(0) }), "x"),
      403,
      "AccessDenied",
    ],
    [
      "a field has no condition",
      async () => encodeForm({ ...(await signed({ key })), acl: "private" }, "x"),
      403,
      "AccessDenied",
    ],
    [
      "a field has another value",
      async () => encodeForm({ ...(await signed({ key: "other" })), key }, "x"),
      403,
      "AccessDenied",
    ],
    [
      "its policy is for another bucket",
      async () => encodeForm(await signed({ key }, { bucket: "others" }), "x"),
      403,
      "AccessDenied",
    ],
    [
      "another account signed it",
      async () => encodeForm(await signed({ key }, { account: bob }), "x"),
      403,
      "AccessDenied",
    ],
    [
      "its signature is wrong",
      async () => encodeForm({ ...(await signed({ key })), "x-amz-signature": "0" }, "x"),
      403,
      "SignatureDoesNotMatch",
    ],
    [
      "its key is unknown",
      async () => encodeForm(await signed({ key }, { account: { ...ann, accessKeyId: "AKIANOBODY" } }), "x"),
      403,
      "InvalidAccessKeyId",
    ],
    [
      "its file is too long for its policy",
      async () => encodeForm(await signed({ key }, range(0, 3)), "long"),
      400,
      "EntityTooLarge",
    ],
    [
      "its file is too short for its policy",
      async () => encodeForm(await signed({ key }, range(5, 9)), "tiny"),
      400,
      "EntityTooSmall",
    ],
    [
      "its file is too long for the server",
      async () => encodeForm(await signed({ key }), Buffer.alloc(maxObjectBytes + 1)),
      400,
      "EntityTooLarge",
    ],
    ["it has no file", async () => encodeForm(await signed({ key }), undefined), 400, "InvalidArgument"],
    ["it has no key", async () => encodeForm({ acl: "private" }, "x"), 400, "InvalidArgument"],
    [
      "its fields are longer than 20 KB",
      async () => encodeForm(await signed({ key, "x-ignore-a": "y".repeat(20_000) }), "x"),
      400,
      "MaxPostPreDataLengthExceededError",
    ],
    [
      "its key is too long",
      async () => encodeForm(await signed({ key: "k".repeat(1025) }), "x"),
      400,
      "KeyTooLongError",
    ],
    [
      "its metadata are too long",
      async () => encodeForm(await signed({ key, "x-amz-meta-a": "y".repeat(2048) }), "x"),
      400,
      "MetadataTooLarge",
    ],
    [
      "its metadata hold a line break",
      async () => encodeForm(await signed({ key, "x-amz-meta-a": "a\r\nb: c" }), "x"),
      400,
      "InvalidArgument",
    ],
    [
      "it ends in its file",
      async () => encodeForm(await signed({ key }), "x").subarray(0, -boundary.length),
      400,
      "MalformedPOSTRequest",
    ],
    [
      "it asks for encryption",
      async () => encodeForm(await signed({ key, "x-amz-server-side-encryption": "aws:kms" }), "x"),
      501,
      "NotImplemented",
    ],
    [
      "its storage class is unknown",
      async () => encodeForm(await signed({ key, "x-amz-storage-class": "ICE" }), "x"),
      400,
      "InvalidStorageClass",
    ],
    [
      "its policy is no policy",
      async () => encodeForm(version2Policy({ conditions: [] }), "x"),
      400,
      "InvalidPolicyDocument",
    ],
  ])("when %s", async (_title, build, status, code) => {
    const answer = await post(await build());

    expect([answer.status, answer.code]).toEqual([status, code]);
    expect((await s3.call({ path: `/photos/${key}` })).code).toBe("NoSuchKey");
  });

  /** Signed, without the help that the signer of SDKs gives. */
  function version2Policy(document: unknown): Fields {
    const policy = Buffer.from(JSON.stringify(document)).toString("base64");
    const signature = createHmac("sha1", ann.secretAccessKey).update(policy).digest("base64");
    return { key, AWSAccessKeyId: ann.accessKeyId, policy, signature };
  }

  test("when its request is signed as well", async () => {
    const body = encodeForm(await signed({ key }), "x");
    const headers = { "content-type": `multipart/form-data; boundary=${boundary}` };

    const answer = await s3.call({ method: "POST", path: "/photos", body, headers, payload: "UNSIGNED-PAYLOAD" });

    expect([answer.status, answer.code]).toEqual([400, "InvalidArgument"]);
  });

  test.each([
    ["content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="],
    ["if-none-match", "*"],
    ["x-amz-checksum-crc32", "AAAAAA=="],
    ["x-amz-content-sha256", "a".repeat(64)],
  ])("when the header %s promises what a form cannot keep", async (name, value) => {
    const answer = await post(encodeForm(await signed({ key }), "x"), { headers: { [name]: value } });

    expect([answer.status, answer.code]).toEqual([400, "InvalidRequest"]);
  });

  test("when its connection is lost in the middle of its file", async () => {
    const body = encodeForm(await signed({ key }), "y".repeat(10_000));
    const connection = await openRaw(gateway.port);
    const headers = {
      host: `127.0.0.1:${gateway.port}`,
      "content-type": `multipart/form-data; boundary=${boundary}`,
      "content-length": String(body.length),
    };
    const record = gateway.nextRecord();

    connection.write(
      Buffer.concat([requestHead({ method: "POST", target: "/photos", headers }), body.subarray(0, -5)]),
    );
    connection.destroy();

    expect((await record).errorCode).toBe("IncompleteBody");
    expect((await s3.call({ path: `/photos/${key}` })).code).toBe("NoSuchKey");
  });

  test("when it expects another owner of the bucket", async () => {
    const body = encodeForm(await signed({ key }), "x");

    const expected = await post(body, { headers: { "x-amz-expected-bucket-owner": bob.id } });
    const right = await post(encodeForm(await signed({ key: "expected" }), "x"), {
      headers: { "x-amz-expected-bucket-owner": ann.id },
    });

    expect([expected.status, expected.code, right.status]).toEqual([403, "AccessDenied", 204]);
  });

  test("when there is no such bucket", async () => {
    const answer = await post(encodeForm(await signed({ key }, { bucket: "nowhere" }), "x"), { path: "/nowhere" });

    expect([answer.status, answer.code]).toEqual([404, "NoSuchBucket"]);
  });
});

describe("a POST to a bucket that is no form", () => {
  test("is refused as S3 refuses it", async () => {
    const answer = await s3.call({
      method: "POST",
      path: "/photos",
      body: "{}",
      headers: { "content-type": "text/json" },
    });

    expect([answer.status, answer.code, answer.one("Condition")]).toEqual([
      412,
      "PreconditionFailed",
      "Bucket POST must be of the enclosure-type multipart/form-data",
    ]);
  });

  test("is refused when it has parameters that nobody knows", async () => {
    const answer = await post(encodeForm(await signed({ key: "a" }), "x"), { path: "/photos?unknown" });

    expect([answer.status, answer.code]).toEqual([501, "NotImplemented"]);
  });
});
