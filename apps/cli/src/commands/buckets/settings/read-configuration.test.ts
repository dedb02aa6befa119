import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import type { SettingPath } from "./bucket-setting.ts";
import { readConfiguration } from "./read-configuration.ts";

const read = (path: SettingPath, text: string | Buffer) =>
  readConfiguration(path, "-", { stdin: Readable.from([Buffer.from(text)]), signal: new AbortController().signal });

const cors = {
  rules: [
    {
      id: "a & b",
      allowedMethods: ["GET", "PUT"],
      allowedOrigins: ["https://a.example"],
      exposeHeaders: ["ETag"],
      maxAgeSeconds: 60,
    },
  ],
};

const lifecycle = {
  rules: [
    {
      id: "old",
      status: "Enabled",
      filter: {
        and: {
          prefix: " tmp/",
          tags: [
            { key: "a", value: "1" },
            { key: "b", value: "2" },
          ],
        },
      },
      expiration: { date: "2030-01-01T00:00:00.000Z" },
      noncurrentVersionExpiration: { noncurrentDays: 3, newerNoncurrentVersions: 2 },
    },
    { status: "Disabled", filter: {}, abortIncompleteMultipartUpload: { daysAfterInitiation: 7 } },
    { status: "Enabled", filter: { tag: { key: "c", value: "3" } }, expiration: { expiredObjectDeleteMarker: true } },
  ],
};

const notifications = {
  queueConfigurations: [
    {
      id: "n",
      queueArn: "arn:stave:webhook:::thumbnails",
      events: ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
      filter: { key: { filterRules: [{ name: "suffix", value: ".jpg" }] } },
    },
  ],
};

const replication = {
  role: "unused",
  rules: [
    {
      id: "r",
      priority: 1,
      status: "Enabled",
      filter: { prefix: "" },
      deleteMarkerReplication: { status: "Enabled" },
      destination: { bucket: "arn:aws:s3:::office/copy" },
    },
  ],
};

const documents: readonly (readonly [title: string, path: SettingPath, text: string, value: unknown])[] = [
  ["as get shows it", "cors", JSON.stringify(cors), cors],
  ["with a byte order mark", "cors", `\ufeff${JSON.stringify(cors)}`, cors],
  [
    "as the AWS CLI takes it",
    "cors",
    '{"CORSRules":[{"ID":"a & b","AllowedMethods":["GET","PUT"],"AllowedOrigins":["https://a.example"],"ExposeHeaders":["ETag"],"MaxAgeSeconds":60}]}',
    cors,
  ],
  [
    "as the XML of S3",
    "cors",
    `<?xml version="1.0" encoding="UTF-8"?>
     <CORSConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
       <CORSRule>
         <ID>a &amp; b</ID><AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod>
         <AllowedOrigin>https://a.example</AllowedOrigin><ExposeHeader>ETag</ExposeHeader>
         <MaxAgeSeconds>60</MaxAgeSeconds>
       </CORSRule>
     </CORSConfiguration>
     `,
    cors,
  ],
  [
    "lifecycle of the AWS CLI",
    "lifecycle",
    JSON.stringify({
      Rules: [
        {
          ID: "old",
          Status: "Enabled",
          Filter: {
            And: {
              Prefix: " tmp/",
              Tags: [
                { Key: "a", Value: "1" },
                { Key: "b", Value: "2" },
              ],
            },
          },
          Expiration: { Date: "2030-01-01" },
          NoncurrentVersionExpiration: { NoncurrentDays: 3, NewerNoncurrentVersions: 2 },
        },
        { Status: "Disabled", Filter: {}, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } },
        {
          Status: "Enabled",
          Filter: { Tag: { Key: "c", Value: "3" } },
          Expiration: { ExpiredObjectDeleteMarker: true },
        },
      ],
    }),
    lifecycle,
  ],
  [
    "lifecycle in XML, where tags stand alone or together",
    "lifecycle",
    `<LifecycleConfiguration>
       <Rule><ID>old</ID><Status>Enabled</Status>
         <Filter><And><Prefix> tmp/</Prefix>
           <Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b</Key><Value>2</Value></Tag></And></Filter>
         <Expiration><Date>2030-01-01T00:00:00Z</Date></Expiration>
         <NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays>
           <NewerNoncurrentVersions>2</NewerNoncurrentVersions></NoncurrentVersionExpiration></Rule>
       <Rule><Status>Disabled</Status><Filter/>
         <AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>
       <Rule><Status>Enabled</Status><Filter><Tag><Key>c</Key><Value>3</Value></Tag></Filter>
         <Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration></Rule>
     </LifecycleConfiguration>`,
    lifecycle,
  ],
  [
    "notifications in XML, whose names are others than in JSON",
    "notifications",
    `<NotificationConfiguration><QueueConfiguration><Id>n</Id><Queue>arn:stave:webhook:::thumbnails</Queue>
       <Event>s3:ObjectCreated:*</Event><Event>s3:ObjectRemoved:*</Event>
       <Filter><S3Key><FilterRule><Name>suffix</Name><Value>.jpg</Value></FilterRule></S3Key></Filter>
     </QueueConfiguration></NotificationConfiguration>`,
    notifications,
  ],
  [
    "replication as the AWS CLI answers it",
    "replication",
    JSON.stringify({
      ReplicationConfiguration: {
        Role: "unused",
        Rules: [
          {
            ID: "r",
            Priority: 1,
            Status: "Enabled",
            Filter: { Prefix: "" },
            DeleteMarkerReplication: { Status: "Enabled" },
            Destination: { Bucket: "arn:aws:s3:::office/copy" },
          },
        ],
      },
    }),
    replication,
  ],
  [
    "replication in XML",
    "replication",
    `<ReplicationConfiguration><Role>unused</Role><Rule><ID>r</ID><Priority>1</Priority><Status>Enabled</Status>
       <Filter><Prefix></Prefix></Filter><DeleteMarkerReplication><Status>Enabled</Status></DeleteMarkerReplication>
       <Destination><Bucket>arn:aws:s3:::office/copy</Bucket></Destination></Rule></ReplicationConfiguration>`,
    replication,
  ],
  ["tags of the AWS CLI", "tags", '{"TagSet":[{"Key":"a b","Value":"<1>"}]}', { tags: { "a b": "<1>" } }],
  [
    "tags in XML",
    "tags",
    "<Tagging><TagSet><Tag><Key>a b</Key><Value>&lt;1&gt;</Value></Tag></TagSet></Tagging>",
    { tags: { "a b": "<1>" } },
  ],
  [
    "an object lock in XML",
    "object-lock",
    "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>2</Days></DefaultRetention></Rule></ObjectLockConfiguration>",
    { defaultRetention: { mode: "GOVERNANCE", days: 2 } },
  ],
  [
    "an object lock without a rule",
    "object-lock",
    '{"ObjectLockConfiguration":{"ObjectLockEnabled":"Enabled"}}',
    { defaultRetention: null },
  ],
  [
    "encryption in XML",
    "encryption",
    "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>",
    { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" }, bucketKeyEnabled: false }] },
  ],
  [
    "a website in XML",
    "website",
    "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument><RoutingRules><RoutingRule><Condition><KeyPrefixEquals>docs/</KeyPrefixEquals></Condition><Redirect><ReplaceKeyPrefixWith>d/</ReplaceKeyPrefixWith></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>",
    {
      indexDocument: { suffix: "index.html" },
      routingRules: [{ condition: { keyPrefixEquals: "docs/" }, redirect: { replaceKeyPrefixWith: "d/" } }],
    },
  ],
  [
    "an access log of the AWS CLI",
    "logging",
    '{"LoggingEnabled":{"TargetBucket":"logs","TargetPrefix":"p/"}}',
    { targetBucket: "logs", targetPrefix: "p/" },
  ],
  [
    "ownership of the AWS CLI",
    "ownership",
    '{"OwnershipControls":{"Rules":[{"ObjectOwnership":"ObjectWriter"}]}}',
    { objectOwnership: "ObjectWriter" },
  ],
  [
    "a public access block in XML",
    "public-access-block",
    "<PublicAccessBlockConfiguration><BlockPublicAcls>TRUE</BlockPublicAcls></PublicAccessBlockConfiguration>",
    { blockPublicAcls: true },
  ],
  ["a policy as it is", "policy", '{"Version":"2012-10-17","Statement":[]}', { Version: "2012-10-17", Statement: [] }],
  ["a policy as the AWS CLI answers it", "policy", '{"Policy":"{\\"Statement\\":[]}"}', { Statement: [] }],
];

describe("a setting is read from a file", () => {
  for (const [title, path, text, value] of documents) {
    test(title, async () => {
      expect(await read(path, text)).toEqual(value);
    });
  }
});

const whole = "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>";

const refused: readonly (readonly [title: string, path: SettingPath, text: string | Buffer])[] = [
  ["nothing", "cors", ""],
  ["no JSON", "cors", "{"],
  ["bytes that are no text", "cors", Buffer.from([0x22, 0xff, 0x22])],
  ["more than any setting is", "cors", Buffer.alloc(4 * 1024 ** 2 + 1, " ")],
  ["XML of another setting", "cors", whole],
  [
    "XML with names that objects have by themselves",
    "website",
    "<WebsiteConfiguration><constructor/></WebsiteConfiguration>",
  ],
  ["XML for what has none", "policy", "<Policy/>"],
  ["XML with entities of its own", "tags", `<!DOCTYPE a [<!ENTITY b "c">]>${whole}`],
  [
    "XML with an element that comes once only, twice",
    "tags",
    whole.replace("<Key>a</Key>", "<Key>a</Key><Key>b</Key>"),
  ],
  ["text that only begins like XML", "tags", "<"],
  ["deeply nested XML", "tags", `<Tagging>${"<a>".repeat(5000)}${"</a>".repeat(5000)}</Tagging>`],
  ["a policy in a text that is none", "policy", '{"Policy":"{"}'],
];

describe("it is refused when it is", () => {
  for (const [title, path, text] of refused) {
    test(title, async () => {
      await expect(read(path, text)).rejects.toMatchObject({ name: "CliError", code: "Usage" });
    });
  }

  test("XML that is cut off anywhere", async () => {
    for (let length = 1; length < whole.length; length += 1) {
      await expect(read("tags", whole.slice(0, length)), `${length} characters`).rejects.toMatchObject({
        code: "Usage",
      });
    }
  });

  test("a file that there is not", async () => {
    const source = { stdin: Readable.from([]), signal: new AbortController().signal };

    await expect(readConfiguration("cors", "/nowhere/cors.json", source)).rejects.toMatchObject({ code: "Usage" });
  });
});
