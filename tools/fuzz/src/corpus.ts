import { createHash } from "node:crypto";
import type { StreamingMode } from "./chunked-body.ts";
import { streamingModes } from "./chunked-body.ts";

export const host = "s3.fuzz.example";
export const domain = "s3.fuzz.example";
export const websiteDomain = "web.fuzz.example";

/** Whose content nothing may change or tell. */
export const protectedBucket = "protected";
export const objectBucket = "fuzz";
export const configurationBucket = "fuzz-conf";
export const lockBucket = "fuzz-lock";
/** May be read by everybody. */
export const openBucket = "fuzz-open";

/** A request of one operation, before it is signed. */
export type Model = {
  /** By its AWS name; of what the S3 API has no name for, a word of ours. */
  readonly operation: string;
  readonly method: string;
  /** Escaped as it is sent. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly payload: "hashed" | "UNSIGNED-PAYLOAD" | StreamingMode;
  readonly auth: "header" | "query" | "form" | "none";
  readonly bodyKind: "none" | "bytes" | "xml" | "json" | "form";
};

/** What requests refer to that the gateway named. */
export type Names = {
  readonly uploadId: string;
  readonly uploadIdToComplete: string;
  readonly uploadIdToAbort: string;
  readonly partEtag: string;
  readonly versionId: string;
};

const base = { headers: {}, body: Buffer.alloc(0), payload: "hashed", auth: "header", bodyKind: "none" } as const;

/** One request of each operation at least, and of each way to ask for it. */
export function createCorpus(names: Names): readonly Model[] {
  return [...reads(names), ...writes(names), ...configurations(), ...objectSettings(names), ...otherWays()];
}

function model(operation: string, request: string, more: Partial<Model> = {}): Model {
  const [method = "", target = ""] = request.split(" ");
  return { ...base, operation, method, target, ...more };
}

function reads({ versionId, uploadId }: Names): readonly Model[] {
  const ranged = {
    range: "bytes=2-5",
    "if-none-match": '"other"',
    "if-modified-since": "Thu, 01 Jan 2015 00:00:00 GMT",
  };
  return [
    model("ListBuckets", "GET /?max-buckets=10"),
    model("HeadBucket", "HEAD /fuzz"),
    model("GetBucketLocation", "GET /fuzz?location"),
    model("ListObjects", "GET /fuzz?prefix=k&delimiter=%2F&max-keys=7&marker=a"),
    model("ListObjectsV2", "GET /fuzz?list-type=2&prefix=k&encoding-type=url&fetch-owner=true&start-after=a"),
    model("ListObjectVersions", `GET /fuzz?versions&key-marker=k&version-id-marker=${versionId}&max-keys=5`),
    model("ListMultipartUploads", "GET /fuzz?uploads&prefix=m&max-uploads=5"),
    model("ListParts", `GET /fuzz/multi?uploadId=${uploadId}&max-parts=2&part-number-marker=0`),
    model("GetObject", "GET /fuzz/k", { headers: ranged }),
    model("GetObject", "GET /fuzz/large"),
    model("GetObject", "GET /fuzz/a%20b%2Bc/%C3%A9?response-content-type=text%2Fplain&partNumber=1"),
    model("GetObject", `GET /fuzz/k?versionId=${versionId}`, { headers: { "x-amz-checksum-mode": "ENABLED" } }),
    model("HeadObject", "HEAD /fuzz/k", { headers: { "if-match": '"a", "b"' } }),
    model("GetObjectAttributes", "GET /fuzz/k?attributes", {
      headers: { "x-amz-object-attributes": "ETag,Checksum,ObjectParts,StorageClass,ObjectSize" },
    }),
  ];
}

function writes({ uploadId, uploadIdToAbort, uploadIdToComplete, partEtag, versionId }: Names): readonly Model[] {
  const bytes = (text: string) => ({ body: Buffer.from(text), bodyKind: "bytes" }) as const;
  const metadata = { "x-amz-meta-a": "1", "x-amz-tagging": "a=1&b=2", "content-type": "text/plain" };
  const streams = streamingModes.flatMap((payload) => {
    const trailer: Record<string, string> = payload.endsWith("-TRAILER")
      ? { "x-amz-trailer": "x-amz-checksum-crc32" }
      : {};
    return [
      model("PutObject", "PUT /fuzz/stream", { ...bytes("hello, hello, hello"), payload, headers: trailer }),
      model("UploadPart", `PUT /fuzz/multi?partNumber=2&uploadId=${uploadId}`, {
        ...bytes("part two"),
        payload,
        headers: trailer,
      }),
    ];
  });
  const secret = createHash("sha256").update("customer key of the fuzzer").digest();
  const customerKey = {
    "x-amz-server-side-encryption-customer-algorithm": "AES256",
    "x-amz-server-side-encryption-customer-key": secret.toString("base64"),
    "x-amz-server-side-encryption-customer-key-md5": createHash("md5").update(secret).digest("base64"),
  };
  const remove =
    "<Delete><Object><Key>gone</Key></Object><Object><Key>b&amp;c</Key></Object><Quiet>false</Quiet></Delete>";
  const parts = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${partEtag}</ETag></Part></CompleteMultipartUpload>`;
  return [
    model("PutObject", "PUT /fuzz/put", { ...bytes("0123456789"), headers: { ...metadata, "if-none-match": "*" } }),
    model("PutObject", "PUT /fuzz/plain", { ...bytes("0123456789"), payload: "UNSIGNED-PAYLOAD", headers: metadata }),
    model("PutObject", "PUT /fuzz/md5", { ...bytes("hello"), headers: { "content-md5": "XUFAKrxLKna5cZ2REBfFkg==" } }),
    model("PutObject", "PUT /fuzz/checked", { ...bytes("hello"), headers: { "x-amz-checksum-crc32": "NhCmhg==" } }),
    model("PutObject", "PUT /fuzz/sealed", {
      ...bytes("hello"),
      headers: { "x-amz-server-side-encryption": "AES256" },
    }),
    model("PutObject", "PUT /fuzz/customer", { ...bytes("hello"), headers: customerKey }),
    model("PutObject", "PUT /fuzz/appended", { ...bytes("more"), headers: { "x-amz-write-offset-bytes": "0" } }),
    model("PutObject", "PUT /fuzz/large", { ...bytes("large ".repeat(12_000)), payload: "UNSIGNED-PAYLOAD" }),
    ...streams,
    model("CopyObject", "PUT /fuzz/copy", {
      headers: { "x-amz-copy-source": `/fuzz/k?versionId=${versionId}`, "x-amz-metadata-directive": "COPY" },
    }),
    model("RenameObject", "PUT /fuzz/renamed?renameObject", { headers: { "x-amz-rename-source": "/fuzz/put" } }),
    model("DeleteObject", `DELETE /fuzz/gone?versionId=${versionId}`),
    model("DeleteObject", "DELETE /fuzz/gone", { headers: { "if-match": '"x"' } }),
    model("DeleteObjects", "POST /fuzz?delete", {
      body: Buffer.from(remove),
      bodyKind: "xml",
      headers: { "content-md5": createHash("md5").update(remove).digest("base64") },
    }),
    model("CreateMultipartUpload", "POST /fuzz/multi?uploads", {
      headers: { "x-amz-checksum-algorithm": "CRC32", ...metadata },
    }),
    model("UploadPart", `PUT /fuzz/multi?partNumber=3&uploadId=${uploadId}`, bytes("part three")),
    model("UploadPartCopy", `PUT /fuzz/multi?partNumber=4&uploadId=${uploadId}`, {
      headers: { "x-amz-copy-source": "fuzz/large", "x-amz-copy-source-range": "bytes=0-9" },
    }),
    model("CompleteMultipartUpload", `POST /fuzz/complete?uploadId=${uploadIdToComplete}`, {
      body: Buffer.from(parts),
      bodyKind: "xml",
    }),
    model("AbortMultipartUpload", `DELETE /fuzz/abort?uploadId=${uploadIdToAbort}`),
  ];
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

/** Presigned, anonymous, from a browser, on other hosts, and what is not there. */
function otherWays(): readonly Model[] {
  const origin = { origin: "https://a.example.com", "access-control-request-method": "GET" };
  return [
    model("GetObject", "GET /fuzz/k", { auth: "query", payload: "UNSIGNED-PAYLOAD" }),
    model("PutObject", "PUT /fuzz/presigned", {
      auth: "query",
      payload: "UNSIGNED-PAYLOAD",
      body: Buffer.from("presigned"),
      bodyKind: "bytes",
      headers: { "x-amz-meta-b": "2" },
    }),
    model("ListObjectsV2", "GET /fuzz?list-type=2&max-keys=3", { auth: "query", payload: "UNSIGNED-PAYLOAD" }),
    model("PostObject", "POST /fuzz", {
      auth: "form",
      payload: "UNSIGNED-PAYLOAD",
      bodyKind: "form",
      body: Buffer.from("file of a form"),
    }),
    model("GetObject", `GET /${openBucket}/k`, { auth: "none", headers: { origin: "https://a.example.com" } }),
    model("ListObjects", `GET /${openBucket}`, { auth: "none" }),
    model("Preflight", `OPTIONS /${openBucket}/k`, { auth: "none", headers: origin }),
    model("Website", "GET /old/page?x=1", { auth: "none", headers: { host: `${openBucket}.${websiteDomain}` } }),
    model("GetObject", "GET /k", { headers: { host: `${objectBucket}.${domain}` } }),
    model("PutObject", "PUT /virtual", {
      headers: { host: `${objectBucket}.${domain}` },
      body: Buffer.from("v"),
      bodyKind: "bytes",
    }),
    model("RestoreObject", "POST /fuzz/k?restore", document("<RestoreRequest><Days>1</Days></RestoreRequest>")),
    model("SelectObjectContent", "POST /fuzz/k?select&select-type=2", document("<SelectObjectContentRequest/>")),
  ];
}

function document(text: string): Pick<Model, "body" | "bodyKind"> {
  return { body: Buffer.from(text), bodyKind: text.startsWith("{") ? "json" : "xml" };
}
