import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { requestSample, requestSamples } from "../../test/request-samples.ts";
import { documents } from "../documents.ts";
import { writeRetention } from "../responses/write-retention.ts";
import { writeTagging } from "../responses/write-tagging.ts";
import { parseRetention } from "./parse-retention.ts";
import { parseTagging } from "./parse-tagging.ts";

const malformed = expect.objectContaining({ name: "XmlError", code: "MalformedXML" });
const date = new Date("2030-01-01T00:00:00Z");
const tag = { key: " team ", value: "a&b" };
const grants = [
  { grantee: { type: "CanonicalUser", id: "a1", displayName: "Ann" }, permission: "FULL_CONTROL" },
  { grantee: { type: "Group", uri: "http://acs.amazonaws.com/groups/global/AllUsers" }, permission: "READ" },
  { grantee: { type: "AmazonCustomerByEmail", emailAddress: "b@example.com" }, permission: "WRITE" },
];
const notRead = { otherMembers: ["SelectParameters"] };

describe("reads every member of", () => {
  test.each<[string, unknown]>([
    ["AccelerateConfiguration", { status: "Suspended" }],
    ["AccessControlPolicy", { owner: { id: "a1", displayName: "Ann" }, grants }],
    [
      "BucketLoggingStatus",
      {
        loggingEnabled: {
          targetBucket: "logs",
          targetPrefix: " a/ ",
          targetGrants: grants,
          targetObjectKeyFormat: { type: "PartitionedPrefix", partitionDateSource: "EventTime" },
        },
      },
    ],
    [
      "CORSConfiguration",
      {
        rules: [
          {
            id: "one",
            allowedOrigins: ["https://*.example.com"],
            allowedMethods: ["GET", "PUT"],
            allowedHeaders: ["*", "x-a"],
            exposeHeaders: ["ETag"],
            maxAgeSeconds: 3000,
          },
          { allowedOrigins: ["*"], allowedMethods: ["HEAD"], allowedHeaders: [], exposeHeaders: [] },
        ],
      },
    ],
    ["LegalHold", { status: "ON" }],
    [
      "LifecycleConfiguration",
      {
        rules: [
          {
            id: "one",
            status: "Enabled",
            filter: {
              and: {
                prefix: " a/",
                tags: [tag, tag],
                objectSizeGreaterThan: 500,
                objectSizeLessThan: 5_497_558_138_880,
              },
            },
            expiration: { date },
            noncurrentVersionExpiration: { noncurrentDays: 30, newerNoncurrentVersions: 3 },
            abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
            transitions: [{ days: 10, storageClass: "GLACIER" }],
            noncurrentVersionTransitions: [{ noncurrentDays: 5, storageClass: "GLACIER" }],
          },
          {
            status: "Disabled",
            prefix: "",
            expiration: { days: 1 },
            transitions: [],
            noncurrentVersionTransitions: [],
          },
          {
            status: "Enabled",
            filter: { tag },
            expiration: { expiredObjectDeleteMarker: true },
            transitions: [],
            noncurrentVersionTransitions: [],
          },
        ],
      },
    ],
    [
      "NotificationConfiguration",
      {
        topics: [
          {
            id: "one",
            arn: "arn:t",
            events: ["s3:ObjectCreated:*"],
            filterRules: [
              { name: "prefix", value: "a/" },
              { name: "suffix", value: "" },
            ],
          },
        ],
        queues: [{ arn: "arn:q", events: ["s3:ObjectRemoved:*", "s3:ObjectCreated:Put"] }],
        cloudFunctions: [{ arn: "arn:f", events: ["s3:ObjectRestore:*"] }],
        eventBridge: true,
      },
    ],
    ["ObjectLockConfiguration", { objectLockEnabled: "Enabled", defaultRetention: { mode: "COMPLIANCE", days: 30 } }],
    ["OwnershipControls", { objectOwnership: "BucketOwnerPreferred" }],
    [
      "PublicAccessBlockConfiguration",
      { blockPublicAcls: true, ignorePublicAcls: false, blockPublicPolicy: true, restrictPublicBuckets: false },
    ],
    [
      "ReplicationConfiguration",
      {
        role: "arn:r",
        rules: [
          {
            id: "one",
            priority: -1,
            status: "Enabled",
            filter: { and: { prefix: "a/", tags: [tag] } },
            destination: {
              bucket: "arn:b",
              account: "1",
              storageClass: "STANDARD_IA",
              ownerOverride: "Destination",
              replicaKmsKeyId: "k",
              replicationTime: { status: "Enabled", minutes: 15 },
              metrics: { status: "Enabled", eventThresholdMinutes: 15 },
            },
            deleteMarkerReplication: "Disabled",
            existingObjectReplication: "Enabled",
            replicaModifications: "Enabled",
            sseKmsEncryptedObjects: "Disabled",
          },
          { status: "Disabled", prefix: "b/", destination: { bucket: "arn:b", replicaKmsKeyId: "" } },
          { status: "Enabled", filter: { tag }, destination: { bucket: "arn:b" } },
        ],
      },
    ],
    ["RequestPaymentConfiguration", { payer: "Requester" }],
    [
      "RestoreRequest",
      { days: 2, glacierJobTier: "Bulk", tier: "Expedited", type: "SELECT", description: "why", ...notRead },
    ],
    ["Retention", { mode: "GOVERNANCE", retainUntilDate: new Date("2030-01-02T03:04:05.678Z") }],
    [
      "SelectObjectContentRequest",
      {
        expression: "SELECT * FROM s3object s WHERE s.a < 1",
        expressionType: "SQL",
        requestProgress: true,
        compressionType: "GZIP",
        input: { format: "CSV", settings: { FileHeaderInfo: "USE", FieldDelimiter: " " } },
        output: { format: "JSON", settings: { RecordDelimiter: "\n" } },
        scanRange: { start: 0, end: 99 },
      },
    ],
    [
      "ServerSideEncryptionConfiguration",
      {
        rules: [
          {
            sseAlgorithm: "aws:kms",
            kmsMasterKeyId: "k",
            bucketKeyEnabled: true,
            blockedEncryptionTypes: ["SSE-C"],
          },
          { sseAlgorithm: "AES256" },
        ],
      },
    ],
    ["Tagging", [tag, { key: "", value: "" }]],
    [
      "WebsiteConfiguration",
      {
        redirectAllRequestsTo: { hostName: "example.com", protocol: "https" },
        indexDocumentSuffix: "index.html",
        errorDocumentKey: "404.html",
        routingRules: [
          {
            condition: { httpErrorCodeReturnedEquals: "404", keyPrefixEquals: "a/" },
            redirect: { hostName: "h", httpRedirectCode: "302", protocol: "http", replaceKeyPrefixWith: "b/" },
          },
          { redirect: { replaceKeyWith: "c" } },
        ],
      },
    ],
  ])("%s", (name, expected) => {
    // Strict: a member that was not sent is not there.
    expect(read(name, requestSample(name))).toStrictEqual(expected);
  });
});

describe("reads", () => {
  test.each<[string, string, unknown]>([
    ["AccelerateConfiguration", "", {}],
    ["BucketLoggingStatus", "", {}],
    ["NotificationConfiguration", "", { topics: [], queues: [], cloudFunctions: [], eventBridge: false }],
    ["ObjectLockConfiguration", "<ObjectLockEnabled> Enabled </ObjectLockEnabled>", { objectLockEnabled: "Enabled" }],
    [
      "PublicAccessBlockConfiguration",
      "<BlockPublicPolicy>TRUE</BlockPublicPolicy>",
      { blockPublicAcls: false, ignorePublicAcls: false, blockPublicPolicy: true, restrictPublicBuckets: false },
    ],
    ["RestoreRequest", "", { otherMembers: [] }],
    ["Retention", "", undefined],
    ["Tagging", "<TagSet/>", []],
    ["WebsiteConfiguration", "<RoutingRules/>", { routingRules: [] }],
  ])("%s with %j", (name, content, expected) => {
    expect(read(name, `<${name}>${content}</${name}>`)).toStrictEqual(expected);
  });
});

describe("refuses", () => {
  const user = '<Grantee x:type="CanonicalUser"><ID>a</ID></Grantee>';
  const destination = "<Destination><Bucket>b</Bucket></Destination>";

  test.each([
    ["AccelerateConfiguration", "<Status>Disabled</Status>"],
    ["AccessControlPolicy", "<AccessControlList/>"],
    ["AccessControlPolicy", "<Owner><ID>a</ID></Owner>"],
    ["AccessControlPolicy", acl(`<Grant>${user}<Permission>read</Permission></Grant>`)],
    ["AccessControlPolicy", acl(`<Grant>${user}</Grant>`)],
    ["AccessControlPolicy", acl("<Grant><Permission>READ</Permission></Grant>")],
    ["AccessControlPolicy", acl(grant("<Grantee><ID>a</ID></Grantee>"))],
    ["AccessControlPolicy", acl(grant('<Grantee type="CanonicalUser"><ID>a</ID></Grantee>'))],
    ["AccessControlPolicy", acl(grant('<Grantee x:type="canonicaluser"><ID>a</ID></Grantee>'))],
    ["AccessControlPolicy", acl(grant('<Grantee x:type="Group" y:type="CanonicalUser"><ID>a</ID></Grantee>'))],
    ["AccessControlPolicy", acl(grant('<Grantee x:type="Group"><ID>a</ID></Grantee>'))],
    ["AccessControlPolicy", acl(grant('<Grantee x:type="CanonicalUser"><ID>a</ID><URI>b</URI></Grantee>'))],
    ["AccessControlPolicy", acl(grant('<Grantee x:type="CanonicalUser"><ID/></Grantee>'))],
    ["BucketLoggingStatus", "<LoggingEnabled><TargetBucket>b</TargetBucket></LoggingEnabled>"],
    ["BucketLoggingStatus", "<LoggingEnabled><TargetPrefix>b</TargetPrefix></LoggingEnabled>"],
    [
      "BucketLoggingStatus",
      `<LoggingEnabled><TargetBucket>b</TargetBucket><TargetPrefix/><TargetGrants><Grant>${user}<Permission>READ_ACP</Permission></Grant></TargetGrants></LoggingEnabled>`,
    ],
    ["CORSConfiguration", ""],
    ["CORSConfiguration", "<CORSRule><AllowedOrigin>*</AllowedOrigin></CORSRule>"],
    ["CORSConfiguration", "<CORSRule><AllowedMethod>GET</AllowedMethod></CORSRule>"],
    ["CORSConfiguration", cors("<MaxAgeSeconds>1.5</MaxAgeSeconds>")],
    ["CORSConfiguration", cors("<MaxAgeSeconds/>")],
    ["CORSConfiguration", cors("<ID>a</ID><ID>b</ID>")],
    ["LegalHold", ""],
    ["LegalHold", "<Status>on</Status>"],
    ["LifecycleConfiguration", ""],
    ["LifecycleConfiguration", "<Rule><Status>Enabled</Status></Rule>"],
    ["LifecycleConfiguration", "<Rule><Filter/></Rule>"],
    ["LifecycleConfiguration", "<Rule><Filter/><Status>enabled</Status></Rule>"],
    ["LifecycleConfiguration", "<Rule><Filter/><Prefix/><Status>Enabled</Status></Rule>"],
    ["LifecycleConfiguration", filter("<Prefix/><Tag><Key>a</Key><Value/></Tag>")],
    ["LifecycleConfiguration", filter("<Prefix>a</Prefix><Prefix>b</Prefix>")],
    ["LifecycleConfiguration", filter("<And/>")],
    ["LifecycleConfiguration", filter("<Tag><Key>a</Key></Tag>")],
    ["LifecycleConfiguration", filter("<ObjectSizeLessThan>1KB</ObjectSizeLessThan>")],
    ["ObjectLockConfiguration", ""],
    ["ObjectLockConfiguration", "<ObjectLockEnabled>Disabled</ObjectLockEnabled>"],
    ["ObjectLockConfiguration", lock("<Rule/>")],
    ["ObjectLockConfiguration", lock(retention("<Mode>GOVERNANCE</Mode>"))],
    ["ObjectLockConfiguration", lock(retention("<Days>1</Days>"))],
    ["ObjectLockConfiguration", lock(retention("<Mode>GOVERNANCE</Mode><Days>1</Days><Years>1</Years>"))],
    ["ObjectLockConfiguration", lock(retention("<Mode>NONE</Mode><Days>1</Days>"))],
    ["ObjectLockConfiguration", lock(retention("<Mode>GOVERNANCE</Mode><Days>one</Days>"))],
    ["OwnershipControls", ""],
    ["OwnershipControls", "<Rule><ObjectOwnership>Me</ObjectOwnership></Rule>"],
    ["OwnershipControls", "<Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule>".repeat(2)],
    ["PublicAccessBlockConfiguration", "<BlockPublicAcls>yes</BlockPublicAcls>"],
    ["PublicAccessBlockConfiguration", "<BlockPublicAcls/>"],
    ["PublicAccessBlockConfiguration", "<BlockPublicACLs>true</BlockPublicACLs>"],
    ["NotificationConfiguration", "<QueueConfiguration><Queue>a</Queue></QueueConfiguration>"],
    ["NotificationConfiguration", "<QueueConfiguration><Event>a</Event></QueueConfiguration>"],
    ["NotificationConfiguration", "<EventBridgeConfiguration/><EventBridgeConfiguration/>"],
    ["ReplicationConfiguration", `<Rule><Prefix/><Status>Enabled</Status>${destination}</Rule>`],
    ["ReplicationConfiguration", "<Role>a</Role>"],
    ["ReplicationConfiguration", `<Role>a</Role><Rule><Status>Enabled</Status>${destination}</Rule>`],
    ["ReplicationConfiguration", "<Role>a</Role><Rule><Prefix/><Status>Enabled</Status></Rule>"],
    ["ReplicationConfiguration", `<Role>a</Role><Rule><Prefix/><Status>On</Status>${destination}</Rule>`],
    [
      "ReplicationConfiguration",
      `<Role>a</Role><Rule><Filter><And/></Filter><Status>Enabled</Status>${destination}</Rule>`,
    ],
    ["RequestPaymentConfiguration", ""],
    ["RequestPaymentConfiguration", "<Payer>Me</Payer>"],
    ["RestoreRequest", "<Days>soon</Days>"],
    ["RestoreRequest", "<Tier>Fast</Tier>"],
    ["RestoreRequest", "<GlacierJobParameters/>"],
    ["Retention", "<Mode>GOVERNANCE</Mode>"],
    ["Retention", "<RetainUntilDate>2030-01-01</RetainUntilDate>"],
    ["Retention", "<Mode>governance</Mode><RetainUntilDate>2030-01-01</RetainUntilDate>"],
    ["SelectObjectContentRequest", requestSamples.SelectObjectContentRequest?.replace("GZIP", "ZIP") ?? ""],
    [
      "SelectObjectContentRequest",
      "<Expression>a</Expression><ExpressionType>SQL</ExpressionType><InputSerialization/>",
    ],
    ["ServerSideEncryptionConfiguration", ""],
    ["ServerSideEncryptionConfiguration", encryption("")],
    ["ServerSideEncryptionConfiguration", encryption("<SSEAlgorithm>aes256</SSEAlgorithm>")],
    ["ServerSideEncryptionConfiguration", encryption("<KMSMasterKeyID>k</KMSMasterKeyID>")],
    ["Tagging", ""],
    ["Tagging", "<TagSet/><TagSet/>"],
    ["Tagging", "<TagSet><Tag><Key>a</Key></Tag></TagSet>"],
    ["Tagging", "<TagSet><Tag><Value>a</Value></Tag></TagSet>"],
    ["Tagging", "<TagSet><Tag><Key>a</Key><Key>b</Key><Value/></Tag></TagSet>"],
    ["WebsiteConfiguration", "<IndexDocument/>"],
    ["WebsiteConfiguration", "<RedirectAllRequestsTo><Protocol>http</Protocol></RedirectAllRequestsTo>"],
    ["WebsiteConfiguration", "<RoutingRules><RoutingRule/></RoutingRules>"],
  ])("%s with %j", (name, content) => {
    const xml = content.startsWith(`<${name}>`) ? content : `<${name}>${content}</${name}>`;

    expect(() => read(name, xml)).toThrow(malformed);
  });
});

describe("for generated input", () => {
  const seed = Date.now();
  const numRuns = Number(process.env.STAVE_PROPERTY_RUNS ?? 300);
  const timeout = 10_000 + numRuns * 5;

  test(`reads any tags as they were written (seed ${seed})`, { timeout }, () => {
    // NUL has no form in XML that a reader accepts.
    const text = fc.string({ unit: "binary", maxLength: 12 }).map((any) => any.toWellFormed().replaceAll("\0", ""));

    fc.assert(
      fc.property(fc.array(fc.record({ key: text, value: text }), { maxLength: 10 }), (tags) => {
        expect(parseTagging(Buffer.from(writeTagging(tags)))).toEqual(tags);
      }),
      { seed, numRuns },
    );
  });

  test(`reads any date as it was written (seed ${seed})`, { timeout }, () => {
    const dates = fc.date({
      min: new Date("0000-01-01"),
      max: new Date("9999-12-31T23:59:59.999Z"),
      noInvalidDate: true,
    });

    fc.assert(
      fc.property(dates, (retainUntilDate) => {
        const retention = { mode: "GOVERNANCE", retainUntilDate } as const;
        expect(parseRetention(Buffer.from(writeRetention(retention)))).toEqual(retention);
      }),
      { seed, numRuns },
    );
  });
});

function read(name: string, xml: string): unknown {
  const document = documents.find((candidate) => candidate.kind === "request" && candidate.name === name);
  return document?.kind === "request" ? document.parse(Buffer.from(xml)) : expect.unreachable(name);
}

function filter(content: string): string {
  return `<Rule><Filter>${content}</Filter><Status>Enabled</Status></Rule>`;
}

function acl(grants: string): string {
  return `<Owner><ID>a</ID></Owner><AccessControlList>${grants}</AccessControlList>`;
}

function grant(grantee: string): string {
  return `<Grant>${grantee}<Permission>READ</Permission></Grant>`;
}

function cors(content: string): string {
  return `<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>${content}</CORSRule>`;
}

function lock(rule: string): string {
  return `<ObjectLockEnabled>Enabled</ObjectLockEnabled>${rule}`;
}

function retention(content: string): string {
  return `<Rule><DefaultRetention>${content}</DefaultRetention></Rule>`;
}

function encryption(content: string): string {
  return `<Rule><ApplyServerSideEncryptionByDefault>${content}</ApplyServerSideEncryptionByDefault></Rule>`;
}
