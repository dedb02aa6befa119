import { createHash } from "node:crypto";
import { configurationBucket, document, lockBucket, type Model, model, type Names } from "./model.ts";

/** Requests about settings of buckets, and of objects. */
export function settingModels(names: Names): readonly Model[] {
  return [...configurations(), ...objectSettings(names)];
}

const fuzzId = createHash("sha256").update("fuzz").digest("hex");
const grantee = `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>${fuzzId}</ID></Grantee>`;
const acl = `<AccessControlPolicy><Owner><ID>${fuzzId}</ID></Owner><AccessControlList><Grant>${grantee}<Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>`;
const tagging =
  "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b</Key><Value/></Tag></TagSet></Tagging>";
const policy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "read",
      Effect: "Allow",
      Principal: { AWS: "*" },
      Action: ["s3:GetObject", "s3:List*"],
      Resource: [`arn:aws:s3:::${configurationBucket}`, `arn:aws:s3:::${configurationBucket}/*`],
      Condition: {
        IpAddress: { "aws:SourceIp": ["10.0.0.0/8", "2001:db8::/32"] },
        Bool: { "aws:SecureTransport": "true" },
      },
    },
  ],
});

/** Of buckets: name, sub-resource and what is put. */
const settings: readonly (readonly [string, string, string | undefined])[] = [
  ["Acl", "acl", acl],
  [
    "Cors",
    "cors",
    "<CORSConfiguration><CORSRule><AllowedOrigin>https://*.example.com</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedHeader>x-*</AllowedHeader><ExposeHeader>etag</ExposeHeader><MaxAgeSeconds>5</MaxAgeSeconds></CORSRule></CORSConfiguration>",
  ],
  [
    "Encryption",
    "encryption",
    "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>",
  ],
  [
    "LifecycleConfiguration",
    "lifecycle",
    "<LifecycleConfiguration><Rule><ID>r</ID><Status>Enabled</Status><Filter><And><Prefix>p</Prefix><Tag><Key>a</Key><Value>1</Value></Tag></And></Filter><Expiration><Days>30</Days></Expiration></Rule></LifecycleConfiguration>",
  ],
  [
    "Logging",
    "logging",
    `<BucketLoggingStatus><LoggingEnabled><TargetBucket>${configurationBucket}</TargetBucket><TargetPrefix>log/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>`,
  ],
  ["NotificationConfiguration", "notification", "<NotificationConfiguration/>"],
  [
    "OwnershipControls",
    "ownershipControls",
    "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>",
  ],
  ["Policy", "policy", policy],
  [
    "Replication",
    "replication",
    "<ReplicationConfiguration><Role>any</Role><Rule><ID>r</ID><Priority>1</Priority><Status>Enabled</Status><Filter><Prefix>p</Prefix></Filter><DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication><Destination><Bucket>arn:aws:s3:::other</Bucket></Destination></Rule></ReplicationConfiguration>",
  ],
  [
    "RequestPayment",
    "requestPayment",
    "<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>",
  ],
  ["Tagging", "tagging", tagging],
  ["Versioning", "versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"],
  [
    "Website",
    "website",
    "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument><RoutingRules><RoutingRule><Condition><KeyPrefixEquals>old/</KeyPrefixEquals></Condition><Redirect><ReplaceKeyPrefixWith>new/</ReplaceKeyPrefixWith></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>",
  ],
  ["AccelerateConfiguration", "accelerate", undefined],
  ["PolicyStatus", "policyStatus", undefined],
];
const deletable = ["Cors", "Encryption", "OwnershipControls", "Policy", "Replication", "Tagging", "Website"];

function configurations(): readonly Model[] {
  const at = (method: string, subresource: string) => `${method} /${configurationBucket}?${subresource}`;
  const block =
    "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls></PublicAccessBlockConfiguration>";
  const lock = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>";
  return [
    ...settings.flatMap(([name, subresource, body]) => [
      ...(body === undefined ? [] : [model(`PutBucket${name}`, at("PUT", subresource), document(body))]),
      model(`GetBucket${name}`, at("GET", subresource)),
      ...(deletable.includes(name) ? [model(`DeleteBucket${name}`, at("DELETE", subresource))] : []),
    ]),
    model("DeleteBucketLifecycle", at("DELETE", "lifecycle")),
    model("PutPublicAccessBlock", at("PUT", "publicAccessBlock"), document(block)),
    model("GetPublicAccessBlock", at("GET", "publicAccessBlock")),
    model("DeletePublicAccessBlock", at("DELETE", "publicAccessBlock")),
    model("PutObjectLockConfiguration", `PUT /${lockBucket}?object-lock`, document(lock)),
    model("GetObjectLockConfiguration", `GET /${lockBucket}?object-lock`),
    ...["Analytics", "IntelligentTiering", "Inventory", "Metrics"].flatMap((kind) => {
      const subresource = kind.replace(/(?<=[a-z])(?=[A-Z])/, "-").toLowerCase();
      return [
        model(`GetBucket${kind}Configuration`, at("GET", `${subresource}&id=a`)),
        model(`ListBucket${kind}Configurations`, at("GET", subresource)),
      ];
    }),
    model(
      "CreateBucket",
      "PUT /fuzz-made",
      document(
        "<CreateBucketConfiguration><LocationConstraint>us-east-1</LocationConstraint></CreateBucketConfiguration>",
      ),
    ),
    model("CreateBucket", "PUT /fuzz-locked", {
      headers: { "x-amz-bucket-object-lock-enabled": "true", "x-amz-acl": "private" },
    }),
    model("DeleteBucket", "DELETE /fuzz-made"),
  ];
}

function objectSettings({ versionId }: Names): readonly Model[] {
  const until = "2020-01-01T00:00:00Z";
  return [
    model("GetObjectAcl", "GET /fuzz/k?acl"),
    model("PutObjectAcl", `PUT /fuzz/k?acl&versionId=${versionId}`, document(acl)),
    model("PutObjectAcl", "PUT /fuzz/k?acl", {
      headers: { "x-amz-grant-read": `id="${fuzzId}"` },
    }),
    model("GetObjectTagging", `GET /fuzz/k?tagging&versionId=${versionId}`),
    model("PutObjectTagging", "PUT /fuzz/k?tagging", document(tagging)),
    model("DeleteObjectTagging", "DELETE /fuzz/k?tagging"),
    model("GetObjectRetention", `GET /${lockBucket}/k?retention`),
    model("PutObjectRetention", `PUT /${lockBucket}/k?retention`, {
      ...document(`<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>${until}</RetainUntilDate></Retention>`),
      headers: { "x-amz-bypass-governance-retention": "true" },
    }),
    model("GetObjectLegalHold", `GET /${lockBucket}/k?legal-hold`),
    model(
      "PutObjectLegalHold",
      `PUT /${lockBucket}/k?legal-hold`,
      document("<LegalHold><Status>OFF</Status></LegalHold>"),
    ),
  ];
}
