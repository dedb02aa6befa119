import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { ann, startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { parseIni, readAwsProfile } from "../src/s3/aws-files.ts";
import { createBucket, deleteBucket, hasBucket } from "../src/s3/operations/bucket.ts";
import { copyObject } from "../src/s3/operations/copy-object.ts";
import { deleteObjects } from "../src/s3/operations/delete-objects.ts";
import { getObject } from "../src/s3/operations/get-object.ts";
import { headObject } from "../src/s3/operations/head-object.ts";
import { listBuckets } from "../src/s3/operations/list-buckets.ts";
import { listVersions } from "../src/s3/operations/list-object-versions.ts";
import { listObjectPages, listObjects } from "../src/s3/operations/list-objects.ts";
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  listMultipartUploads,
  listParts,
  uploadPart,
} from "../src/s3/operations/multipart-upload.ts";
import { putObject } from "../src/s3/operations/put-object.ts";
import { getRetention } from "../src/s3/operations/retention.ts";
import { getObjectTags, putObjectTags } from "../src/s3/operations/tagging.ts";
import { createS3Client, type S3Client } from "../src/s3/s3-client.ts";
import { parseTarget } from "../src/s3/targets.ts";

let gateway: TestGateway;
let client: S3Client;

beforeAll(async () => {
  gateway = await startGateway();
  client = clientOf(gateway.endpoint);
  await createBucket(client, { bucket: "photos" });
});

afterAll(async () => {
  await client?.close();
  await gateway?.stop();
});

function clientOf(url: string, region = "us-east-1"): S3Client {
  const { accessKeyId, secretAccessKey } = ann;
  const credentials = async () => ({ accessKeyId, secretAccessKey });
  return createS3Client(
    { url, region, addressing: "path", credentials, from: "the test" },
    { userAgent: "stave/test", output: { debug: () => {} }, signal: new AbortController().signal },
  );
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const difficultKeys = [
  "a b+c%20d.txt",
  "//double//slash//",
  "../up/./here",
  ".",
  "..",
  "ünïcode ✓ 日本語.txt",
  "line\nbreak\ttab",
  "return\rhere",
  "<&>\"'",
  "%2F%00%zz",
  "a?b#c=d&e",
  "(paren)!*'~",
  "\u{1f600}/emoji",
  "trailing/",
  " ",
];

describe("keys are never changed", () => {
  for (const key of difficultKeys) {
    test(JSON.stringify(key), async () => {
      await putObject(client, { bucket: "photos", key, body: `of ${key}` });

      const { body } = await getObject(client, { bucket: "photos", key });
      expect(await body.text()).toBe(`of ${key}`);
      const listed = await collect(listObjects(client, { bucket: "photos", prefix: key }));
      expect(listed.map((object) => object.key)).toContain(key);
      await copyObject(client, { source: { bucket: "photos", key }, bucket: "photos", key: `copy of ${key}` });
      expect(await deleteObjects(client, { bucket: "photos", objects: [{ key }, { key: `copy of ${key}` }] })).toEqual(
        [],
      );
      await expect(headObject(client, { bucket: "photos", key })).rejects.toMatchObject({ code: "NotFound" });
    });
  }
});

test("settings are stored and told, text beyond ASCII too", async () => {
  const settings = { contentType: "text/plain", stored: { "cache-control": "max-age=1" }, tags: { "a b": "c=d+e" } };
  const metadata = { owner: "Ünal ✓" };
  await putObject(client, { bucket: "photos", key: "settings", body: "1", metadata, ...settings });

  expect(await headObject(client, { bucket: "photos", key: "settings" })).toMatchObject({
    sizeBytes: 1,
    contentType: "text/plain",
    stored: { "cache-control": "max-age=1" },
    metadata,
    checksums: { crc64nvme: expect.any(String) },
  });
  expect(await getObjectTags(client, { bucket: "photos", key: "settings" })).toEqual({ "a b": "c=d+e" });
  await putObjectTags(client, { bucket: "photos", key: "settings" }, { ünal: "/ @" });
  expect(await getObjectTags(client, { bucket: "photos", key: "settings" })).toEqual({ ünal: "/ @" });
});

test("lists go on over pages, with common prefixes, and with versions", async () => {
  await createBucket(client, { bucket: "pages" });
  const keys = ["a/1", "a/2", "b", "c", "d"];
  for (const key of keys) await putObject(client, { bucket: "pages", key, body: key });

  const pages = await collect(listObjectPages(client, { bucket: "pages", delimiter: "/", maxKeys: 2 }));
  expect(pages.flatMap(({ objects }) => objects.map(({ key }) => key))).toEqual(["b", "c", "d"]);
  expect(pages.flatMap(({ prefixes }) => prefixes)).toEqual(["a/"]);
  const versions = await collect(listVersions(client, { bucket: "pages", maxKeys: 2 }));
  expect(versions.map(({ key }) => key)).toEqual(keys);
  expect(versions[0]).toMatchObject({ versionId: "null", isLatest: true, isDeleteMarker: false, sizeBytes: 3 });
});

test("parts are uploaded, listed and put together, or called off", async () => {
  const address = { bucket: "photos", key: "in parts" };
  const uploadId = await createMultipartUpload(client, { ...address, contentType: "a/b" });
  const parts = [await uploadPart(client, { ...address, uploadId }, { partNumber: 1, body: Buffer.from("only") })];

  expect(await collect(listMultipartUploads(client, { bucket: "photos" }))).toMatchObject([
    { key: "in parts", uploadId },
  ]);
  expect(await listParts(client, { ...address, uploadId })).toMatchObject([{ partNumber: 1, sizeBytes: 4 }]);
  await completeMultipartUpload(client, { ...address, uploadId }, { parts });
  expect(await headObject(client, address)).toMatchObject({ contentType: "a/b", sizeBytes: 4 });
  const other = await createMultipartUpload(client, address);
  await abortMultipartUpload(client, { ...address, uploadId: other });
  await expect(listParts(client, { ...address, uploadId: other })).rejects.toMatchObject({
    serverCode: "NoSuchUpload",
  });
});

test("buckets are made, found, listed and removed", async () => {
  await createBucket(client, { bucket: "for-a-while", objectLock: true });

  expect((await listBuckets(client)).map(({ name }) => name)).toContain("for-a-while");
  await putObject(client, { bucket: "for-a-while", key: "a", body: "" });
  expect(await getRetention(client, { bucket: "for-a-while", key: "a" })).toBeUndefined();
  await expect(deleteBucket(client, "for-a-while")).rejects.toMatchObject({
    code: "Conflict",
    serverCode: "BucketNotEmpty",
  });
  expect(await hasBucket(client, "never-was")).toBe(false);
});

test("a presigned URL works for whoever has it", async () => {
  await putObject(client, { bucket: "photos", key: "../shared", body: "for all" });
  const url = await client.presign({ bucket: "photos", key: "a/shared" }, { expiresInSeconds: 60 });
  await putObject(client, { bucket: "photos", key: "a/shared", body: "for all" });

  expect(await (await fetch(url)).text()).toBe("for all");
});

describe("a refusal has the code of the server, its own exit code and the request", () => {
  const cases = [
    ["a bucket that there is not", { bucket: "never-was", key: "a" }, "NotFound", "NoSuchBucket"],
    ["a key that there is not", { bucket: "photos", key: "never was" }, "NotFound", "NoSuchKey"],
    ["a bucket of somebody else", { bucket: "photos", query: { policy: "" } }, "NotFound", "NoSuchBucketPolicy"],
    ["a name that is none", { method: "PUT", bucket: "A_" }, "Usage", "InvalidBucketName"],
  ] as const;

  for (const [title, request, code, serverCode] of cases) {
    test(title, async () => {
      await expect(client.send(request)).rejects.toMatchObject({ code, serverCode, requestId: expect.any(String) });
    });
  }

  test("a wrong secret, with the way to the reason", async () => {
    const credentials = async () => ({ accessKeyId: ann.accessKeyId, secretAccessKey: "wrong" });
    const wrong = createS3Client(
      { ...client.endpoint, credentials },
      { userAgent: "stave/test", output: { debug: () => {} }, signal: new AbortController().signal },
    );
    onTestFinished(() => wrong.close());

    await expect(wrong.send({ bucket: "photos" })).rejects.toMatchObject({
      code: "Unauthenticated",
      serverCode: "SignatureDoesNotMatch",
      next: [expect.stringMatching(/^stave why \S+$/)],
    });
  });
});

test("a request for another region is signed again for the one that the server names", async () => {
  const other = clientOf(gateway.endpoint, "eu-west-9");
  onTestFinished(() => other.close());

  expect(await hasBucket(other, "photos")).toBe(true);
});

describe("a server that", () => {
  const listening = async (listener: RequestListener): Promise<S3Client> => {
    const server: Server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const made = clientOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    onTestFinished(async () => {
      await made.close();
      server.closeAllConnections();
      server.close();
    });
    return made;
  };

  test("is busy, or hangs up, is asked again", async () => {
    let asked = 0;
    const busy = await listening((request, response) => {
      asked += 1;
      if (asked === 1) response.writeHead(503).end("<Error><Code>SlowDown</Code></Error>");
      else if (asked === 2) request.socket.destroy();
      else response.end("done");
    });

    expect((await busy.send({ method: "PUT", bucket: "b", key: "k", body: "x" })).text).toBe("done");
    expect(asked).toBe(3);
  });

  test("hangs up on what must not be done twice is not", async () => {
    let asked = 0;
    const broken = await listening((request) => {
      asked += 1;
      request.socket.destroy();
    });

    const once = putObject(broken, { bucket: "b", key: "k", body: "x", ifNoneMatch: "*" });
    await expect(once).rejects.toMatchObject({ code: "Network" });
    expect(asked).toBe(1);
  });

  test("answers with no S3 is told as such", async () => {
    const web = await listening((_, response) => response.end("<html><body>Hello"));

    await expect(collect(listObjects(web, { bucket: "b" }))).rejects.toMatchObject({
      code: "Failed",
      why: expect.stringContaining("Expected the document ListBucketResult"),
    });
  });

  test("never ends its list is refused", async () => {
    const page =
      "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken></ListBucketResult>";
    const endless = await listening((_, response) => response.end(page));

    await expect(collect(listObjects(endless, { bucket: "b" }))).rejects.toMatchObject({ code: "Failed" });
  });

  test("sends a document that grows is refused", async () => {
    const bomb = '<!DOCTYPE a [<!ENTITY b "c">]><ListBucketResult><Name>&b;</Name></ListBucketResult>';
    const hostile = await listening((_, response) => response.end(bomb));

    await expect(collect(listObjects(hostile, { bucket: "b" }))).rejects.toMatchObject({ code: "Failed" });
  });
});

describe("a target", () => {
  const contexts = ["work", "127.0.0.1:7400"];
  const cases = [
    ["s3://photos/a/../b//c", { kind: "s3", context: undefined, bucket: "photos", key: "a/../b//c" }],
    ["s3://photos//", { kind: "s3", context: undefined, bucket: "photos", key: "/" }],
    ["s3://", { kind: "s3", context: undefined, bucket: "", key: "" }],
    ["work:photos/%2F +", { kind: "s3", context: "work", bucket: "photos", key: "%2F +" }],
    ["127.0.0.1:7400:photos", { kind: "s3", context: "127.0.0.1:7400", bucket: "photos", key: "" }],
    ["-", { kind: "stream" }],
    ["./work:photos", { kind: "local", path: "./work:photos" }],
    ["C:\\photos", { kind: "local", path: "C:\\photos" }],
    ["a/b:c", { kind: "local", path: "a/b:c" }],
  ] as const;

  for (const [text, expected] of cases) {
    test(text, () => expect(parseTarget(text, { contexts })).toEqual(expected));
  }

  test("with a context that there is not is refused, not taken for a file", () => {
    expect(() => parseTarget("wrok:photos/a", { contexts })).toThrow('There is no context "wrok".');
  });
});

test("profiles are read from the files of the AWS command line", async () => {
  const home = await mkdtemp(join(tmpdir(), "stave-cli-"));
  onTestFinished(() => rm(home, { recursive: true }));
  const environment = { AWS_CONFIG_FILE: join(home, "config"), AWS_SHARED_CREDENTIALS_FILE: join(home, "credentials") };
  await writeFile(
    join(home, "config"),
    "[profile work]\nregion = eu-west-1 # home\nservices = own\ns3 =\n  addressing_style = virtual\n[services own]\ns3 =\n  endpoint_url = https://s3.example.com\n[profile role]\nrole_arn = a\n",
  );
  await writeFile(
    join(home, "credentials"),
    "[work]\naws_access_key_id=A\naws_secret_access_key = b=c\naws_session_token = t\n",
  );

  expect(await readAwsProfile("work", environment)).toEqual({
    name: "work",
    credentials: { accessKeyId: "A", secretAccessKey: "b=c", sessionToken: "t" },
    region: "eu-west-1",
    endpointUrl: "https://s3.example.com",
    isVirtual: true,
    needs: undefined,
  });
  expect(await readAwsProfile("role", environment)).toMatchObject({ credentials: undefined, needs: "role_arn" });
  expect(await readAwsProfile("nobody", environment)).toBeUndefined();
  expect(parseIni("garbage\n[\n[__proto__]\na=1")).toEqual(
    new Map([["__proto__", Object.assign(Object.create(null), { a: "1" })]]),
  );
});
