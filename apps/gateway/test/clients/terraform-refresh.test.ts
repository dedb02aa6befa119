import { S3 } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { logTroubles } from "../support/log-troubles.ts";
import { createS3Client, type S3Client } from "../support/s3-client.ts";
import { ann, startGateway, type TestGateway } from "../support/start-gateway.ts";

const Bucket = "plain";
const object = { Bucket, Key: "object" };
const one = { Bucket, Id: "one" };

type Answered = readonly [name: string, ask: (s3: S3) => Promise<object>, query: string, output: object, body: string];
type Absent = readonly [name: string, ask: (s3: S3) => Promise<object>, query: string, code: string];

const self = `<ID>${ann.id}</ID><DisplayName>ann</DisplayName>`;
const ownersGrant = {
  Owner: { ID: ann.id, DisplayName: "ann" },
  Grants: [{ Grantee: { ID: ann.id, DisplayName: "ann", Type: "CanonicalUser" }, Permission: "FULL_CONTROL" }],
};
const ownersGrantXml = xml(
  "AccessControlPolicy",
  `<Owner>${self}</Owner><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ` +
    `xsi:type="CanonicalUser">${self}</Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList>`,
);
const complete = "<IsTruncated>false</IsTruncated>";

// What a refresh reads for `aws_s3_bucket`, for the resources that configure one, and for `aws_s3_object`.
const answered: readonly Answered[] = [
  ["GetBucketLocation", (s3) => s3.getBucketLocation({ Bucket }), "location", {}, xml("LocationConstraint")],
  ["GetBucketAcl", (s3) => s3.getBucketAcl({ Bucket }), "acl", ownersGrant, ownersGrantXml],
  ["GetBucketVersioning", (s3) => s3.getBucketVersioning({ Bucket }), "versioning", {}, xml("VersioningConfiguration")],
  ["GetBucketLogging", (s3) => s3.getBucketLogging({ Bucket }), "logging", {}, xml("BucketLoggingStatus")],
  [
    "GetBucketNotificationConfiguration",
    (s3) => s3.getBucketNotificationConfiguration({ Bucket }),
    "notification",
    {},
    xml("NotificationConfiguration"),
  ],
  [
    "GetBucketAccelerateConfiguration",
    (s3) => s3.getBucketAccelerateConfiguration({ Bucket }),
    "accelerate",
    {},
    xml("AccelerateConfiguration"),
  ],
  [
    "GetBucketRequestPayment",
    (s3) => s3.getBucketRequestPayment({ Bucket }),
    "requestPayment",
    { Payer: "BucketOwner" },
    xml("RequestPaymentConfiguration", "<Payer>BucketOwner</Payer>"),
  ],
  [
    "ListBucketAnalyticsConfigurations",
    (s3) => s3.listBucketAnalyticsConfigurations({ Bucket }),
    "analytics",
    { IsTruncated: false },
    xml("ListBucketAnalyticsConfigurationResult", complete),
  ],
  [
    "ListBucketIntelligentTieringConfigurations",
    (s3) => s3.listBucketIntelligentTieringConfigurations({ Bucket }),
    "intelligent-tiering",
    { IsTruncated: false },
    xml("ListBucketIntelligentTieringConfigurationsOutput", complete),
  ],
  [
    "ListBucketInventoryConfigurations",
    (s3) => s3.listBucketInventoryConfigurations({ Bucket }),
    "inventory",
    { IsTruncated: false },
    xml("ListInventoryConfigurationsResult", complete),
  ],
  [
    "ListBucketMetricsConfigurations",
    (s3) => s3.listBucketMetricsConfigurations({ Bucket }),
    "metrics",
    { IsTruncated: false },
    xml("ListMetricsConfigurationsResult", complete),
  ],
];

const absent: readonly Absent[] = [
  ["GetBucketPolicy", (s3) => s3.getBucketPolicy({ Bucket }), "policy", "NoSuchBucketPolicy"],
  ["GetBucketCors", (s3) => s3.getBucketCors({ Bucket }), "cors", "NoSuchCORSConfiguration"],
  ["GetBucketTagging", (s3) => s3.getBucketTagging({ Bucket }), "tagging", "NoSuchTagSet"],
  ["GetBucketWebsite", (s3) => s3.getBucketWebsite({ Bucket }), "website", "NoSuchWebsiteConfiguration"],
  [
    "GetBucketLifecycleConfiguration",
    (s3) => s3.getBucketLifecycleConfiguration({ Bucket }),
    "lifecycle",
    "NoSuchLifecycleConfiguration",
  ],
  [
    "GetBucketReplication",
    (s3) => s3.getBucketReplication({ Bucket }),
    "replication",
    "ReplicationConfigurationNotFoundError",
  ],
  [
    "GetBucketEncryption",
    (s3) => s3.getBucketEncryption({ Bucket }),
    "encryption",
    "ServerSideEncryptionConfigurationNotFoundError",
  ],
  [
    "GetObjectLockConfiguration",
    (s3) => s3.getObjectLockConfiguration({ Bucket }),
    "object-lock",
    "ObjectLockConfigurationNotFoundError",
  ],
  [
    "GetBucketOwnershipControls",
    (s3) => s3.getBucketOwnershipControls({ Bucket }),
    "ownershipControls",
    "OwnershipControlsNotFoundError",
  ],
  [
    "GetPublicAccessBlock",
    (s3) => s3.getPublicAccessBlock({ Bucket }),
    "publicAccessBlock",
    "NoSuchPublicAccessBlockConfiguration",
  ],
  [
    "GetBucketAnalyticsConfiguration",
    (s3) => s3.getBucketAnalyticsConfiguration(one),
    "analytics&id=one",
    "NoSuchConfiguration",
  ],
  [
    "GetBucketIntelligentTieringConfiguration",
    (s3) => s3.getBucketIntelligentTieringConfiguration(one),
    "intelligent-tiering&id=one",
    "NoSuchConfiguration",
  ],
  [
    "GetBucketInventoryConfiguration",
    (s3) => s3.getBucketInventoryConfiguration(one),
    "inventory&id=one",
    "NoSuchConfiguration",
  ],
  [
    "GetBucketMetricsConfiguration",
    (s3) => s3.getBucketMetricsConfiguration(one),
    "metrics&id=one",
    "NoSuchConfiguration",
  ],
];

describe("a Terraform refresh of a bucket that was only created is answered as AWS answers", () => {
  let gateway: TestGateway;
  let sdk: S3;
  let s3: S3Client;
  const call = (query: string) =>
    s3.call({ path: `/${Bucket}`, query: Object.fromEntries(new URLSearchParams(query)) });

  beforeAll(async () => {
    gateway = await startGateway();
    s3 = createS3Client(gateway);
    const { accessKeyId, secretAccessKey } = ann;
    sdk = new S3({
      endpoint: gateway.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId, secretAccessKey },
      forcePathStyle: true,
    });
    await sdk.createBucket({ Bucket });
    await sdk.putObject({ ...object, Body: "content" });
  }, 60_000);
  afterAll(async () => {
    sdk?.destroy();
    await gateway?.stop();
    expect(logTroubles(gateway?.log() ?? "")).toEqual([]);
  });

  test.each(answered)("%s: 200", async (_, ask, query, output, body) => {
    const { $metadata, ...seen } = { $metadata: {}, ...(await ask(sdk)) };
    const { status, headers, text } = await call(query);

    expect(seen).toEqual(output);
    expect({ status, type: headers["content-type"], text }).toEqual({
      status: 200,
      type: "application/xml",
      text: body,
    });
  });

  test.each(absent)("%s: 404", async (_, ask, query, code) => {
    const answer = await call(query);

    await expect(ask(sdk)).rejects.toMatchObject({ name: code, $metadata: { httpStatusCode: 404 } });
    expect({ status: answer.status, code: answer.code, bucket: answer.one("BucketName") }).toEqual({
      status: 404,
      code,
      bucket: Bucket,
    });
  });

  test("HeadBucket, HeadObject, GetObjectTagging and GetObjectAcl: 200", async () => {
    await sdk.headBucket({ Bucket });

    expect(await sdk.headObject(object)).toMatchObject({ ContentLength: 7 });
    expect(await sdk.getObjectTagging(object)).toMatchObject({ TagSet: [] });
    expect(await sdk.getObjectAcl(object)).toMatchObject(ownersGrant);
  });

  test.each(["analytics", "intelligent-tiering", "inventory", "metrics"])(
    "PUT and DELETE of ?%s: 501, and the bucket stays",
    async (name) => {
      for (const method of ["PUT", "DELETE"]) {
        const answer = await s3.call({ method, path: `/${Bucket}`, query: { [name]: "", id: "one" }, body: "<X/>" });

        expect([answer.status, answer.code, answer.one("ParameterName")]).toEqual([501, "NotImplemented", name]);
      }
      expect(await sdk.headObject(object)).toMatchObject({ ContentLength: 7 });
    },
  );
});

function xml(root: string, content = ""): string {
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>';
  return `${declaration}\n<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${root}>`;
}
