import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { AuditRecord } from "@stave/control-database";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auditedOperations } from "../src/gateway/audit-operation.ts";
import { changeKeys } from "./support/change-keys.ts";
import { createS3Client, md5, type S3Client } from "./support/s3-client.ts";
import { ann, bob, startGateway, type TestGateway } from "./support/start-gateway.ts";

let gateway: TestGateway;
let s3: S3Client;
beforeAll(async () => {
  gateway = await startGateway();
  s3 = createS3Client(gateway);
  await s3.call({ method: "PUT", path: "/photos" });
}, 20_000);
afterAll(async () => {
  await gateway.stop();
});

const readLog = (): Promise<readonly AuditRecord[]> =>
  changeKeys(gateway, (_keys, { database }) => database.audit.list({ actor: ann.id }));

const cors = `<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>`;
const putCors = () => {
  const headers = { "content-md5": Buffer.from(md5(cors), "hex").toString("base64") };
  return s3.call({ method: "PUT", path: "/photos", query: { cors: "" }, headers, body: cors });
};

describe("the audit log", () => {
  test("has what was done to buckets as soon as it is answered: by whom, with which key, from where", async () => {
    const put = await putCors();
    const [entry] = await readLog();

    expect(put.status).toBe(200);
    expect(entry).toMatchObject({
      actor: ann.id,
      action: "s3:PutBucketCors",
      subject: "photos",
      details: {
        accessKeyId: ann.accessKeyId,
        requestId: put.headers["x-amz-request-id"],
        sourceAddress: expect.stringContaining("127.0.0.1"),
      },
    });
  });

  test("has making and removing a bucket, and not what was refused or done to objects", async () => {
    const before = (await readLog()).length;
    await s3.call({ method: "PUT", path: "/short-lived" });
    await s3.call({ method: "PUT", path: "/short-lived/key", body: "x" });
    await s3.call({ path: "/short-lived/key" });
    expect((await s3.call({ method: "DELETE", path: "/short-lived" })).status).toBe(409);
    expect((await s3.call({ method: "DELETE", path: "/short-lived", account: bob })).status).toBe(403);
    await s3.call({ method: "DELETE", path: "/short-lived/key" });
    await s3.call({ method: "DELETE", path: "/short-lived" });

    const added = (await readLog()).slice(0, -before);

    expect(added.map(({ action, subject }) => [action, subject])).toEqual([
      ["s3:DeleteBucket", "short-lived"],
      ["s3:CreateBucket", "short-lived"],
    ]);
  });

  test("is about every operation that changes a bucket", () => {
    expect([...auditedOperations].sort()).toMatchInlineSnapshot(`
      [
        "CreateBucket",
        "DeleteBucket",
        "DeleteBucketCors",
        "DeleteBucketEncryption",
        "DeleteBucketLifecycle",
        "DeleteBucketOwnershipControls",
        "DeleteBucketPolicy",
        "DeleteBucketReplication",
        "DeleteBucketTagging",
        "DeleteBucketWebsite",
        "DeletePublicAccessBlock",
        "PutBucketAcl",
        "PutBucketCors",
        "PutBucketEncryption",
        "PutBucketLifecycleConfiguration",
        "PutBucketLogging",
        "PutBucketNotificationConfiguration",
        "PutBucketOwnershipControls",
        "PutBucketPolicy",
        "PutBucketReplication",
        "PutBucketRequestPayment",
        "PutBucketTagging",
        "PutBucketVersioning",
        "PutBucketWebsite",
        "PutObjectLockConfiguration",
        "PutPublicAccessBlock",
      ]
    `);
  });

  test("that cannot be written stops no change, and is shouted about", async () => {
    const file = new DatabaseSync(join(gateway.dataDirectory, "control.sqlite"), { timeout: 5000 });
    file.exec("alter table audit rename to hidden");
    try {
      expect((await putCors()).status).toBe(200);
    } finally {
      file.exec("alter table hidden rename to audit");
      file.close();
    }

    await expect.poll(() => gateway.log()).toContain("a change of a bucket could not be written to the audit log");
    const [, admin = ""] = /"admin":"([^"]+)"/.exec(gateway.log()) ?? [];
    const metrics = await (await fetch(`${admin}/metrics`)).text();
    expect(metrics).toMatch(/^stave_audit_failures_total(\{.*\})? 1$/m);
  });
});
