import { createHash, randomBytes } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { createS3Client, md5, type S3Answer, type S3Client, type S3Request } from "./support/s3-client.ts";
import { bob } from "./support/start-gateway.ts";

const mib = 1024 * 1024;
const managed = { "x-amz-server-side-encryption": "AES256" };
const customer = customerKey(1);

let gateway: MemoryGateway;
let s3: S3Client;

beforeAll(async () => {
  gateway = await startMemoryGateway();
  s3 = createS3Client(gateway);
  for (const bucket of ["plain", "safe", "blocking"]) await s3.call({ method: "PUT", path: `/${bucket}` });
  await putConfiguration("safe", defaultRule("AES256"));
  return () => gateway.close();
});

describe("SSE-S3", () => {
  test.each([
    ["by the request", "/plain/managed", managed],
    ["by the default of the bucket", "/safe/managed", {}],
  ])("encrypts %s, and says so on every answer", async (_, path, headers) => {
    const body = "text of an object";

    const written = await put(path, headers, body);
    const read = await s3.call({ path });
    const head = await s3.call({ method: "HEAD", path });
    const range = await s3.call({ path, headers: { range: "bytes=5-6" } });

    for (const answer of [written, read, head, range])
      expect(answer.headers["x-amz-server-side-encryption"]).toBe("AES256");
    expect(written.headers.etag).toBe(`"${md5(body)}"`);
    expect([read.text, range.text, range.status]).toEqual([body, "of", 206]);
    expect(await descriptionOf(path)).toMatch(/^s3\./);
  });

  test("is not said of an object that is not encrypted", async () => {
    const written = await put("/plain/open", {}, "x");

    const headers = { ...written.headers, ...(await s3.call({ path: "/plain/open" })).headers };
    expect(Object.keys(headers).filter((name) => name.includes("encryption"))).toEqual([]);
    expect(await descriptionOf("/plain/open")).toBeUndefined();
  });

  test("encrypts uploads in parts, and shows it", async () => {
    const { uploadId, created } = await createUpload("/safe/parts", {});
    const body = randomBytes(5 * mib);
    const parts = [
      await putPart("/safe/parts", uploadId, 1, {}, body),
      await putPart("/safe/parts", uploadId, 2, {}, "end"),
    ];
    const completed = await complete("/safe/parts", uploadId, parts);
    const second = await s3.call({ path: "/safe/parts", query: { partNumber: "2" } });

    for (const answer of [created, ...parts, completed, second]) {
      expect(answer.headers["x-amz-server-side-encryption"]).toBe("AES256");
    }
    expect(second.text).toBe("end");
    const read = await s3.call({ path: "/safe/parts" });
    expect(read.body.equals(Buffer.concat([body, Buffer.from("end")]))).toBe(true);
  });

  test.each(["GET", "HEAD"])("is not for %s to ask for", async (method) => {
    const answer = await s3.call({ method, path: "/safe/managed", headers: managed });

    expect(answer.status).toBe(400);
  });

  test.each<[string, Record<string, string>, number, string]>([
    ["KMS", { "x-amz-server-side-encryption": "aws:kms" }, 501, "NotImplemented"],
    ["DSSE", { "x-amz-server-side-encryption": "aws:kms:dsse" }, 501, "NotImplemented"],
    ["an unknown method", { "x-amz-server-side-encryption": "aes:kms" }, 400, "InvalidArgument"],
    ["a KMS key without KMS", { "x-amz-server-side-encryption-aws-kms-key-id": "k" }, 400, "InvalidArgument"],
    [
      "a KMS key with AES256",
      { ...managed, "x-amz-server-side-encryption-aws-kms-key-id": "k" },
      400,
      "InvalidArgument",
    ],
    ["a KMS context", { "x-amz-server-side-encryption-context": "e30=" }, 400, "InvalidArgument"],
    ["a bucket key without KMS", { "x-amz-server-side-encryption-bucket-key-enabled": "true" }, 400, "InvalidArgument"],
    ["an option of another time", { "x-amz-server-side-encryption-x": "y" }, 501, "NotImplemented"],
    ["SSE-C as well", { ...managed, ...customer }, 400, "InvalidArgument"],
  ])("%s is refused by every write, and nothing is stored", async (_, headers, status, code) => {
    await put("/plain/source", {}, "x");
    const writes: S3Request[] = [
      { method: "PUT", path: "/plain/refused", headers, body: "x" },
      { method: "PUT", path: "/plain/refused", headers: { ...headers, "x-amz-copy-source": "/plain/source" } },
      { method: "POST", path: "/plain/refused", query: { uploads: "" }, headers },
    ];

    for (const write of writes) {
      const answer = await s3.call(write);
      expect([answer.status, answer.code], JSON.stringify(write.query)).toEqual([status, code]);
    }
    expect((await s3.call({ path: "/plain/refused" })).status).toBe(404);
  });
});

describe("SSE-C", () => {
  test("gives the object to who brings its key, and echoes how", async () => {
    const body = "text of a customer";
    const path = "/plain/customer";

    const written = await put(path, customer, body);
    const read = await s3.call({ path, headers: customer });
    const head = await s3.call({ method: "HEAD", path, headers: customer });

    for (const { headers } of [written, read, head]) {
      expect(headers["x-amz-server-side-encryption-customer-algorithm"]).toBe("AES256");
      expect(headers["x-amz-server-side-encryption-customer-key-md5"]).toBe(
        customer["x-amz-server-side-encryption-customer-key-md5"],
      );
      expect(headers["x-amz-server-side-encryption"]).toBeUndefined();
      expect(headers["x-amz-server-side-encryption-customer-key"]).toBeUndefined();
    }
    expect(read.text).toBe(body);
    expect(written.headers.etag).toMatch(/^"[0-9a-f]{32}"$/);
    expect(written.headers.etag).not.toBe(`"${md5(body)}"`);
  });

  test("keeps neither the key nor its MD5", async () => {
    await put("/plain/forgotten", customer, "x");

    const kept = JSON.stringify(await gateway.store.headObject({ bucket: "plain", key: "forgotten" }));

    const key = Buffer.from(customer["x-amz-server-side-encryption-customer-key"], "base64");
    for (const secret of [
      key.toString("base64"),
      key.toString("base64url"),
      key.toString("hex"),
      createHash("md5").update(key).digest("base64"),
    ]) {
      expect(kept).not.toContain(secret);
    }
  });

  test.each(["GET", "HEAD"])(
    "%s without the key is 400, with another one 403, and neither shows anything",
    async (method) => {
      await put("/plain/locked", customer, "secret text");

      for (const [headers, status, code] of [
        [{}, 400, "InvalidRequest"],
        [customerKey(2), 403, "AccessDenied"],
      ] as const) {
        const answer = await s3.call({ method, path: "/plain/locked", headers });
        expect(answer.status).toBe(status);
        if (method === "GET") expect(answer.code).toBe(code);
        expect(answer.headers.etag).toBeUndefined();
        expect(answer.text).not.toContain("secret text");
      }
    },
  );

  test("keeps the attributes for who brings its key, too", async () => {
    const { headers } = await put("/plain/described", customer, "text");
    const attributes = (sent: Record<string, string>) =>
      s3.call({
        path: "/plain/described",
        query: { attributes: "" },
        headers: { "x-amz-object-attributes": "ETag,ObjectSize", ...sent },
      });

    expect((await attributes({})).code).toBe("InvalidRequest");
    expect((await attributes(customerKey(2))).code).toBe("AccessDenied");
    const answer = await attributes(customer);
    expect([answer.one("ObjectSize"), `"${answer.one("ETag")}"`]).toEqual(["4", headers.etag]);
  });

  test("shows a stranger no more than any other object does", async () => {
    await put("/plain/closed", customer, "x");
    await s3.call({ method: "PUT", path: "/of-bob", account: bob });
    const copy = { method: "PUT", path: "/of-bob/k", headers: { "x-amz-copy-source": "/plain/closed" } };

    for (const request of [{ path: "/plain/closed" }, { path: "/plain/closed", headers: customerKey(2) }, copy]) {
      const answer = await s3.call({ ...request, account: bob });
      const plain = await s3.call({ path: "/plain/open", account: bob });
      expect([answer.status, answer.code, answer.one("Message")]).toEqual([403, "AccessDenied", plain.one("Message")]);
    }
  });

  test("the key of an object without one is 400", async () => {
    await put("/plain/keyless", {}, "x");

    for (const path of ["/plain/keyless", "/safe/managed"]) {
      const answer = await s3.call({ path, headers: customer });
      expect([answer.status, answer.code]).toEqual([400, "InvalidRequest"]);
    }
  });

  test.each<[string, Record<string, string>, string]>([
    ["no algorithm", without(customer, "algorithm"), "InvalidArgument"],
    ["no key", without(customer, "key"), "InvalidArgument"],
    ["no MD5", without(customer, "key-md5"), "InvalidArgument"],
    ["another algorithm", { ...customer, [name("algorithm")]: "AES192" }, "InvalidEncryptionAlgorithmError"],
    ["the MD5 of another key", { ...customer, [name("key-md5")]: customerKey(2)[name("key-md5")] }, "InvalidArgument"],
    ["a short key", { ...customer, [name("key")]: "c2hvcnQ=" }, "InvalidArgument"],
    ["a key that is not base64", { ...customer, [name("key")]: "!".repeat(44) }, "InvalidArgument"],
  ])("with %s is refused, for writing and reading, and the key is not shown", async (_, headers, code) => {
    await put("/plain/half", customer, "x");

    for (const method of ["PUT", "GET"]) {
      const answer = await s3.call({ method, path: "/plain/half", headers, ...(method === "PUT" && { body: "y" }) });
      expect([answer.status, answer.code]).toEqual([400, code]);
      expect(answer.text).not.toContain(customer["x-amz-server-side-encryption-customer-key"]);
    }
    expect((await s3.call({ path: "/plain/half", headers: customer })).text).toBe("x");
  });

  test("takes parts under the key of their upload only, and gives them back", async () => {
    const path = "/plain/customer-parts";
    const { uploadId, created } = await createUpload(path, customer);
    expect(created.headers[name("algorithm")]).toBe("AES256");

    for (const headers of [{}, customerKey(2)]) {
      const refused = await putPart(path, uploadId, 1, headers, "x");
      expect([refused.status, refused.code]).toEqual([400, "InvalidRequest"]);
    }
    const body = randomBytes(5 * mib);
    const first = await putPart(path, uploadId, 1, customer, body);
    const again = await putPart(path, uploadId, 1, customer, body);
    const last = await putPart(path, uploadId, 2, customer, "end");
    expect(again.headers.etag).toBe(first.headers.etag); // as clients that repeat a part expect
    expect(first.headers.etag).not.toBe(`"${md5(body)}"`);
    expect((await complete(path, uploadId, [first, last])).status).toBe(200);

    expect((await s3.call({ path })).status).toBe(400);
    expect((await s3.call({ path, headers: customerKey(2) })).status).toBe(403);
    const range = await s3.call({ path, headers: { ...customer, range: `bytes=${5 * mib - 2}-${5 * mib + 1}` } });
    expect(range.body).toEqual(Buffer.concat([body.subarray(-2), Buffer.from("en")]));
    const part = await s3.call({ path, query: { partNumber: "2" }, headers: customer });
    expect([part.status, part.text]).toEqual([206, "end"]);
  });

  test("and no other encryption can be asked for a part", async () => {
    for (const [begun, headers, status, code] of [
      [managed, { "x-amz-server-side-encryption": "aws:kms" }, 501, "NotImplemented"],
      [managed, managed, 200, undefined],
      [managed, customer, 400, "InvalidRequest"],
      [{}, managed, 400, "InvalidArgument"],
      [customer, managed, 400, "InvalidRequest"],
    ] as const) {
      const { uploadId } = await createUpload("/plain/asked-parts", begun);
      const answer = await putPart("/plain/asked-parts", uploadId, 1, headers, "x");
      expect([answer.status, answer.code]).toEqual([status, code]);
    }
  });

  test("is refused for the parts of an upload that was begun without", async () => {
    const { uploadId } = await createUpload("/plain/open-parts", {});

    const answer = await putPart("/plain/open-parts", uploadId, 1, customer, "x");

    expect([answer.status, answer.code]).toEqual([400, "InvalidRequest"]);
  });

  test("wins over the default of the bucket", async () => {
    const written = await put("/safe/own-key", customer, "x");

    expect(written.headers[name("algorithm")]).toBe("AES256");
    expect(written.headers["x-amz-server-side-encryption"]).toBeUndefined();
    expect(await descriptionOf("/safe/own-key")).toMatch(/^c\./);
  });

  test("can be read with a presigned URL whose key comes as a header", async () => {
    await put("/plain/presigned", customer, "text");

    const answer = await s3.send(await s3.presign({ path: "/plain/presigned", headers: customer }));

    expect([answer.status, answer.text]).toEqual([200, "text"]);
  });
});

describe("copies", () => {
  const sources: Record<string, Record<string, string>> = { open: {}, managed, customer };
  const targets: [string, Record<string, string>, RegExp | undefined][] = [
    ["nothing", {}, undefined],
    ["SSE-S3", managed, /^s3\./],
    ["SSE-C", customerKey(2), /^c\./],
  ];

  for (const from of Object.keys(sources)) {
    test.each(targets)(`of an ${from} object that ask for %s have its bytes`, async (_, asked, expected) => {
      const headers = sources[from] ?? {};
      for (const body of ["small", randomBytes(200_000)]) {
        await put("/plain/from", headers, body);
        const wanted = expected ?? (from === "open" ? undefined : /^s3\./); // what is encrypted stays so

        const answer = await s3.call({
          method: "PUT",
          path: "/plain/to",
          headers: { "x-amz-copy-source": "/plain/from", ...asked, ...(from === "customer" && asSource(headers)) },
        });

        expect(answer.status).toBe(200);
        const description = await descriptionOf("/plain/to");
        if (wanted === undefined) expect(description).toBeUndefined();
        else expect(description).toMatch(wanted);
        expect(answer.headers["x-amz-server-side-encryption"]).toBe(
          description?.startsWith("s3.") ? "AES256" : undefined,
        );
        const read = await s3.call({ path: "/plain/to", headers: description?.startsWith("c.") ? asked : {} });
        expect(read.body.equals(Buffer.from(body))).toBe(true);
      }
    });
  }

  test("of a customer's object need its key, and the right one", async () => {
    await put("/plain/from", customer, "x");
    const copy = (headers: Record<string, string>) =>
      s3.call({ method: "PUT", path: "/plain/to", headers: { "x-amz-copy-source": "/plain/from", ...headers } });

    expect((await copy({})).code).toBe("InvalidRequest");
    expect((await copy(asSource(customerKey(2)))).code).toBe("AccessDenied");
    expect((await copy(customer)).code).toBe("InvalidRequest");
    await put("/plain/from", {}, "x");
    expect((await copy(asSource(customer))).code).toBe("InvalidRequest");
  });

  test("onto itself change the encryption", async () => {
    await put("/plain/itself", {}, "text");

    const answer = await s3.call({
      method: "PUT",
      path: "/plain/itself",
      headers: { "x-amz-copy-source": "/plain/itself", ...managed },
    });

    expect([answer.status, answer.headers["x-amz-server-side-encryption"]]).toEqual([200, "AES256"]);
    expect((await s3.call({ path: "/plain/itself" })).text).toBe("text");
    expect(await descriptionOf("/plain/itself")).toMatch(/^s3\./);
  });

  test("into the bucket with a default are encrypted", async () => {
    await put("/plain/from", {}, "text");

    await s3.call({ method: "PUT", path: "/safe/to", headers: { "x-amz-copy-source": "/plain/from" } });

    expect(await descriptionOf("/safe/to")).toMatch(/^s3\./);
    expect((await s3.call({ path: "/safe/to" })).text).toBe("text");
  });

  test("of parts decrypt the source and encrypt for the upload", async () => {
    await put("/plain/from", customer, "0123456789");
    const { uploadId } = await createUpload("/plain/part-copies", customerKey(3));
    const copy = (headers: Record<string, string>) =>
      s3.call({
        method: "PUT",
        path: "/plain/part-copies",
        query: { partNumber: "1", uploadId },
        headers: { "x-amz-copy-source": "/plain/from", "x-amz-copy-source-range": "bytes=2-4", ...headers },
      });

    expect((await copy(asSource(customer))).code).toBe("InvalidRequest");
    expect((await copy(customerKey(3))).code).toBe("InvalidRequest");
    const copied = await copy({ ...asSource(customer), ...customerKey(3) });
    expect(copied.headers[name("algorithm")]).toBe("AES256");
    await complete("/plain/part-copies", uploadId, [copied]);

    expect((await s3.call({ path: "/plain/part-copies", headers: customerKey(3) })).text).toBe("234");
  });
});

describe("the default encryption of a bucket", () => {
  const call = (method: string, body?: string) =>
    s3.call({ method, path: "/blocking", query: { encryption: "" }, ...(body !== undefined && { body }) });

  test("is read as it was put, until it is deleted, and holds for what comes then", async () => {
    expect((await call("GET")).code).toBe("ServerSideEncryptionConfigurationNotFoundError");
    await put("/blocking/before", {}, "x");

    expect((await call("PUT", configuration(defaultRule("AES256")))).status).toBe(200);
    expect((await call("GET")).one("SSEAlgorithm")).toBe("AES256");
    await put("/blocking/during", {}, "x");

    expect([(await call("DELETE")).status, (await call("DELETE")).status]).toEqual([204, 204]);
    expect((await call("GET")).code).toBe("ServerSideEncryptionConfigurationNotFoundError");
    await put("/blocking/after", {}, "x");

    const described = await Promise.all(["before", "during", "after"].map((key) => descriptionOf(`/blocking/${key}`)));
    expect(described.map((description) => description !== undefined)).toEqual([false, true, false]);
    expect((await s3.call({ path: "/blocking/during" })).text).toBe("x");
  });

  test("blocks SSE-C where it says so", async () => {
    const blocked = "<BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes>";
    await call("PUT", configuration(`<Rule>${blocked}</Rule>`));

    expect((await put("/blocking/k", customer, "x")).code).toBe("AccessDenied");
    expect((await createUpload("/blocking/k", customer)).created.code).toBe("AccessDenied");
    expect((await put("/blocking/k", {}, "x")).status).toBe(200);
    expect(await descriptionOf("/blocking/k")).toBeUndefined();
    await call("DELETE");
  });

  test.each([
    ["KMS", configuration(defaultRule("aws:kms")), "NotImplemented"],
    ["DSSE", configuration(defaultRule("aws:kms:dsse")), "NotImplemented"],
    ["two rules", configuration(defaultRule("AES256").repeat(2)), "MalformedXML"],
    [
      "a rule that says nothing",
      configuration("<Rule><BucketKeyEnabled>true</BucketKeyEnabled></Rule>"),
      "MalformedXML",
    ],
    [
      "a KMS key for AES256",
      configuration(defaultRule("AES256", "<KMSMasterKeyID>k</KMSMasterKeyID>")),
      "InvalidArgument",
    ],
    [
      "an unknown kind to block",
      configuration("<Rule><BlockedEncryptionTypes><EncryptionType>X</EncryptionType></BlockedEncryptionTypes></Rule>"),
      "MalformedXML",
    ],
    ["nothing", "", "MissingRequestBodyError"],
  ])("refuses %s, and stays as it was", async (_, body, code) => {
    expect((await call("PUT", body)).code).toBe(code);
    expect((await call("GET")).code).toBe("ServerSideEncryptionConfigurationNotFoundError");
  });
});

type CustomerPart = "algorithm" | "key" | "key-md5";
type CustomerHeader = `x-amz-server-side-encryption-customer-${CustomerPart}`;

function name(part: CustomerPart): CustomerHeader {
  return `x-amz-server-side-encryption-customer-${part}`;
}

function customerKey(seed: number): Record<CustomerHeader, string> {
  const key = Buffer.alloc(32, `key ${seed} `);
  return {
    "x-amz-server-side-encryption-customer-algorithm": "AES256",
    "x-amz-server-side-encryption-customer-key": key.toString("base64"),
    "x-amz-server-side-encryption-customer-key-md5": createHash("md5").update(key).digest("base64"),
  };
}

function asSource(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([header, value]) => [header.replace("x-amz-", "x-amz-copy-source-"), value]),
  );
}

function without(headers: Readonly<Record<string, string>>, part: CustomerPart): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([header]) => header !== name(part)));
}

function put(path: string, headers: Readonly<Record<string, string>>, body: string | Buffer): Promise<S3Answer> {
  return s3.call({ method: "PUT", path, headers, body });
}

async function createUpload(path: string, headers: Readonly<Record<string, string>>) {
  const created = await s3.call({ method: "POST", path, query: { uploads: "" }, headers });
  return { created, uploadId: created.one("UploadId") ?? "" };
}

function putPart(
  path: string,
  uploadId: string,
  number: number,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer,
) {
  return s3.call({ method: "PUT", path, query: { partNumber: String(number), uploadId }, headers, body });
}

function complete(path: string, uploadId: string, parts: readonly S3Answer[]): Promise<S3Answer> {
  const listed = parts.map(
    (part, at) =>
      `<Part><PartNumber>${at + 1}</PartNumber><ETag>${part.headers.etag ?? part.one("ETag")}</ETag></Part>`,
  );
  const body = `<CompleteMultipartUpload>${listed.join("")}</CompleteMultipartUpload>`;
  return s3.call({ method: "POST", path, query: { uploadId }, body });
}

async function descriptionOf(path: string): Promise<string | undefined> {
  const [, bucket = "", key = ""] = path.split("/");
  const version = await gateway.store.headObject({ bucket, key });
  return version?.isDeleteMarker === false ? version.encryption : undefined;
}

function defaultRule(algorithm: string, more = ""): string {
  return `<Rule><ApplyServerSideEncryptionByDefault>${more}<SSEAlgorithm>${algorithm}</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>`;
}

function configuration(rules: string): string {
  return `<ServerSideEncryptionConfiguration>${rules}</ServerSideEncryptionConfiguration>`;
}

async function putConfiguration(bucket: string, rules: string): Promise<void> {
  await s3.call({ method: "PUT", path: `/${bucket}`, query: { encryption: "" }, body: configuration(rules) });
}
