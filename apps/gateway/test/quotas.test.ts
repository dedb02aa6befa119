import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { openRaw, requestHead } from "./support/raw-connection.ts";
import { createS3Client, type S3Client } from "./support/s3-client.ts";

describe("the quota of a bucket", () => {
  let gateway: MemoryGateway;
  let s3: S3Client;
  let bucket = "";
  let buckets = 0;
  const put = (key: string, body: string) => s3.call({ method: "PUT", path: `/${bucket}/${key}`, body });

  beforeAll(async () => {
    gateway = await startMemoryGateway();
    s3 = createS3Client(gateway);
    return () => gateway.close();
  });

  beforeEach(async () => {
    buckets += 1;
    bucket = `limited-${buckets}`;
    await s3.call({ method: "PUT", path: `/${bucket}` });
    await gateway.store.putBucketQuota(bucket, { maxSizeBytes: 10, maxVersions: 2 });
  });

  test("refuses bytes and objects beyond it, and takes what fits", async () => {
    expect((await put("a", "12345678")).status).toBe(200);

    const refused = await put("b", "123");
    expect([refused.status, refused.code, refused.one("BucketName")]).toEqual([403, "QuotaExceeded", bucket]);
    expect((await put("b", "12")).status).toBe(200);
    expect((await put("c", "")).code).toBe("QuotaExceeded");

    await s3.call({ method: "DELETE", path: `/${bucket}/a` });
    expect((await put("c", "12345678")).status).toBe(200);
  });

  test("is told to a client that waits, before a byte is accepted", async () => {
    const wire = await s3.sign({
      method: "PUT",
      path: `/${bucket}/large`,
      payload: "UNSIGNED-PAYLOAD",
      unsignedHeaders: { expect: "100-continue", "content-length": String(5 * 1024 ** 3) },
    });
    const raw = await openRaw(gateway.port);
    raw.write(requestHead(wire));
    const answer = await raw.answer();
    raw.destroy();

    expect([answer?.status, answer?.code]).toEqual([403, "QuotaExceeded"]);
  });

  test("holds for copies and for parts", async () => {
    await put("a", "12345678");

    const copy = { method: "PUT", path: `/${bucket}/b`, headers: { "x-amz-copy-source": `/${bucket}/a` } };
    expect((await s3.call(copy)).code).toBe("QuotaExceeded");

    const created = await s3.call({ method: "POST", path: `/${bucket}/b`, query: { uploads: "" } });
    const query = { uploadId: created.one("UploadId") ?? "", partNumber: "1" };
    expect((await s3.call({ method: "PUT", path: `/${bucket}/b`, query, body: "123" })).code).toBe("QuotaExceeded");
  });
});
