import { streamingModes } from "../support/s3-client.ts";
import type { Case } from "./case.ts";
import type { AccessClass } from "./expected.ts";
import type { Place, Target } from "./places.ts";
import { onBucket, onObject, sendForm, sendPayload, sendPresigned, type Texts } from "./requests.ts";

const everywhere: readonly Place[] = ["inside", "beside", "elsewhere"];

function objectCase(access: AccessClass, request: Case["request"], more: Partial<Case> = {}): Case {
  return { class: access, places: everywhere, request, ...more };
}

const theVersion = ({ versionId }: Target): Texts => ({ versionId });
const theUpload = ({ uploadId }: Target): Texts => ({ uploadId });
const versioned = { variant: "of a version", buckets: "versioned" } as const;
const tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
const lockMode = "x-amz-object-lock-mode";
const lockDate = "x-amz-object-lock-retain-until-date";
const tomorrow = new Date(Date.now() + 24 * 60 * 60 * 1000).toISOString();
const retention = `<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>${tomorrow}</RetainUntilDate></Retention>`;
const hold = "<LegalHold><Status>ON</Status></LegalHold>";
const replica = { "x-amz-replication-status": "REPLICA" };
const bypass = { "x-amz-bypass-governance-retention": "true" };
const putTags = onObject("PUT", { query: { tagging: "" }, body: tags });
const putRetention = onObject("PUT", { query: { retention: "" }, body: retention });
const putHold = onObject("PUT", { query: { "legal-hold": "" }, body: hold });
const putVersionTags = onObject("PUT", { query: (at) => ({ tagging: "", ...theVersion(at) }), body: tags });

function reading(method: "GET" | "HEAD"): readonly Case[] {
  return [
    objectCase("read objects", onObject(method)),
    objectCase("read objects", onObject(method, { name: "missing" }), {
      variant: "that is missing",
      missing: "NoSuchKey",
    }),
    objectCase("read more of objects", onObject(method, { query: theVersion }), versioned),
  ];
}

/** A document that names keys: each of them is let through or refused on its own. */
function deletion(versionId?: (at: Target) => string): Case["request"] {
  return onBucket("POST", {
    query: { delete: "" },
    body: (at) => {
      const version = versionId === undefined ? "" : `<VersionId>${versionId(at)}</VersionId>`;
      return `<Delete><Object><Key>${at.key}</Key>${version}</Object></Delete>`;
    },
  });
}

const copyOf = ({ path }: Target): Texts => ({ "x-amz-copy-source": path });
const copyOfVersion = ({ path, versionId }: Target): Texts => ({
  "x-amz-copy-source": `${path}?versionId=${versionId}`,
});
/** To where every scope but that of the other bucket may write; from where the request is aimed. */
const intoTheInside =
  (request: Case["request"]): Case["request"] =>
  (at) => ({
    ...request(at),
    path: "/photos/2026/taken",
  });

/** A key is limited where others, and those who have none, are not. */
const openToAll = onBucket("PUT", {
  query: { policy: "" },
  body: ({ bucket }) =>
    JSON.stringify({
      Statement: {
        Effect: "Allow",
        Principal: "*",
        Action: ["s3:GetObject", "s3:PutObject"],
        Resource: `arn:aws:s3:::${bucket}/*`,
      },
    }),
});
const publish = onObject("PUT", { query: { acl: "" }, headers: { "x-amz-acl": "public-read" } });

const payloads = ["UNSIGNED-PAYLOAD", ...streamingModes] as const;

/** Operations on objects. */
export const objectCases = {
  GetObject: [
    ...reading("GET"),
    objectCase("read objects", onObject("GET"), { variant: "presigned", send: sendPresigned("GET") }),
    objectCase("read objects", (at) => ({ path: `/${at.key}`, host: `${at.bucket}.localhost` }), {
      variant: "by host name",
    }),
    objectCase("read objects", (at) => ({ path: `/storage/v1/s3${at.path}` }), { variant: "under a mount" }),
    objectCase("read what is public", onObject("GET"), { variant: "public by policy", before: [openToAll] }),
    objectCase("read what is public", onObject("GET"), { variant: "public by ACL", before: [publish] }),
  ],
  HeadObject: reading("HEAD"),
  GetObjectAttributes: [
    objectCase(
      "read more of objects",
      onObject("GET", { query: { attributes: "" }, headers: { "x-amz-object-attributes": "ETag,ObjectSize" } }),
    ),
  ],
  GetObjectAcl: [
    objectCase("read more of objects", onObject("GET", { query: { acl: "" } })),
    objectCase("read more of objects", onObject("GET", { query: (at) => ({ acl: "", ...theVersion(at) }) }), versioned),
  ],
  PutObjectAcl: [
    objectCase(
      "change more of objects",
      onObject("PUT", { query: { acl: "" }, headers: { "x-amz-acl": "public-read" } }),
    ),
    objectCase(
      "change more of objects",
      onObject("PUT", { query: (at) => ({ acl: "", ...theVersion(at) }), headers: { "x-amz-acl": "public-read" } }),
      versioned,
    ),
  ],
  GetObjectTagging: [
    objectCase("read more of objects", onObject("GET", { query: { tagging: "" } }), { before: [putTags] }),
    objectCase(
      "read more of objects",
      onObject("GET", { query: (at) => ({ tagging: "", ...theVersion(at) }) }),
      versioned,
    ),
  ],
  PutObjectTagging: [
    objectCase("change more of objects", putTags),
    objectCase("change more of objects", putVersionTags, versioned),
  ],
  DeleteObjectTagging: [
    objectCase("change more of objects", onObject("DELETE", { query: { tagging: "" } }), { before: [putTags] }),
    objectCase("change more of objects", onObject("DELETE", { query: (at) => ({ tagging: "", ...theVersion(at) }) }), {
      ...versioned,
      before: [putVersionTags],
    }),
  ],
  GetObjectRetention: [
    objectCase("read more of objects", onObject("GET", { query: { retention: "" } }), {
      buckets: "locked",
      before: [putRetention],
    }),
  ],
  PutObjectRetention: [
    objectCase("change more of objects", putRetention, { buckets: "locked" }),
    objectCase(
      "change more of objects",
      onObject("PUT", { query: { retention: "" }, headers: bypass, body: retention }),
      {
        buckets: "locked",
        variant: "bypassing governance",
      },
    ),
  ],
  GetObjectLegalHold: [
    objectCase("read more of objects", onObject("GET", { query: { "legal-hold": "" } }), {
      buckets: "locked",
      before: [putHold],
    }),
  ],
  PutObjectLegalHold: [objectCase("change more of objects", putHold, { buckets: "locked" })],
  PutObject: [
    objectCase("write objects", onObject("PUT", { name: "new", body: "new" })),
    objectCase("write objects", onObject("PUT", { body: "new" }), { variant: "over another" }),
    objectCase("write what is public", onObject("PUT", { body: "new" }), {
      variant: "public by policy",
      before: [openToAll],
    }),
    ...payloads.map((payload) =>
      objectCase("write objects", onObject("PUT"), { variant: `as ${payload}`, send: sendPayload(payload) }),
    ),
    objectCase("change more of objects", onObject("PUT", { headers: replica, body: "new" }), {
      variant: "as a replica",
      buckets: "versioned",
    }),
    objectCase("write objects", onObject("PUT"), { variant: "presigned", send: sendPresigned("PUT") }),
    objectCase("write objects", onObject("PUT", { headers: ({ etag }) => ({ "if-match": etag }), body: "new" }), {
      variant: "if it has an ETag",
    }),
    objectCase("write objects", onObject("PUT", { headers: { "x-amz-write-offset-bytes": "8" }, body: "new" }), {
      variant: "that appends",
    }),
    objectCase("change more of objects", onObject("PUT", { headers: { "x-amz-tagging": "a=b" }, body: "new" }), {
      variant: "with tags",
    }),
    objectCase("change more of objects", onObject("PUT", { headers: { "x-amz-acl": "public-read" }, body: "new" }), {
      variant: "with an ACL",
    }),
    objectCase("write objects", onObject("PUT", { headers: { "x-amz-acl": "private" }, body: "new" }), {
      variant: "with an ACL that grants nothing",
    }),
    objectCase(
      "change more of objects",
      onObject("PUT", { headers: { [lockMode]: "GOVERNANCE", [lockDate]: tomorrow }, body: "new" }),
      { variant: "with retention", buckets: "locked" },
    ),
    objectCase(
      "change more of objects",
      onObject("PUT", { headers: { "x-amz-object-lock-legal-hold": "ON" }, body: "new" }),
      {
        variant: "with a legal hold",
        buckets: "locked",
      },
    ),
  ],
  PostObject: [
    objectCase("write objects", onBucket("POST"), { send: sendForm() }),
    objectCase("change more of objects", onBucket("POST"), {
      variant: "with an ACL",
      send: sendForm({ acl: "public-read" }),
    }),
    objectCase("change more of objects", onBucket("POST"), { variant: "with tags", send: sendForm({ tagging: tags }) }),
  ],
  CopyObject: [
    objectCase("write objects", onObject("PUT", { name: "copy", headers: copyOf })),
    objectCase("take in from elsewhere", intoTheInside(onObject("PUT", { headers: copyOf })), {
      variant: "from there",
    }),
    objectCase("change more of objects", onObject("PUT", { name: "copy", headers: copyOf }), {
      variant: "with its tags",
      before: [putTags],
    }),
    objectCase("change more of objects", onObject("PUT", { name: "copy", headers: copyOfVersion }), versioned),
  ],
  RenameObject: [
    objectCase(
      "write objects",
      onObject("PUT", {
        name: "renamed",
        query: { renameObject: "" },
        headers: ({ key }) => ({ "x-amz-rename-source": key }),
      }),
    ),
    objectCase(
      "take in from elsewhere",
      intoTheInside(
        onObject("PUT", { query: { renameObject: "" }, headers: ({ key }) => ({ "x-amz-rename-source": key }) }),
      ),
      { variant: "from there", places: ["inside", "beside"] },
    ),
  ],
  DeleteObject: [
    objectCase("write objects", onObject("DELETE")),
    objectCase("write objects", onObject("DELETE", { name: "missing" }), { variant: "that is missing" }),
    objectCase("change more of objects", onObject("DELETE", { query: theVersion }), versioned),
    objectCase("change more of objects", onObject("DELETE", { headers: replica }), {
      variant: "as a replica",
      buckets: "versioned",
    }),
    objectCase("change more of objects", onObject("DELETE", { headers: bypass }), {
      variant: "bypassing governance",
      buckets: "locked",
    }),
  ],
  DeleteObjects: [
    objectCase("write objects", deletion(), { refusesKeys: true }),
    objectCase(
      "change more of objects",
      deletion(({ versionId }) => versionId),
      {
        ...versioned,
        refusesKeys: true,
      },
    ),
  ],
  CreateMultipartUpload: [objectCase("write objects", onObject("POST", { name: "new", query: { uploads: "" } }))],
  UploadPart: [
    objectCase(
      "write objects",
      onObject("PUT", { name: "upload", query: (at) => ({ partNumber: "2", ...theUpload(at) }), body: "part" }),
      { hasUploads: true },
    ),
  ],
  UploadPartCopy: [
    objectCase(
      "write objects",
      onObject("PUT", { name: "upload", query: (at) => ({ partNumber: "2", ...theUpload(at) }), headers: copyOf }),
      { hasUploads: true },
    ),
    objectCase(
      "take in from elsewhere",
      (at) => ({
        method: "PUT",
        path: "/photos/2026/upload",
        query: { partNumber: "2", uploadId: at.insideUploadId },
        headers: copyOf(at),
      }),
      { hasUploads: true, variant: "from there" },
    ),
  ],
  ListParts: [objectCase("list uploads", onObject("GET", { name: "upload", query: theUpload }), { hasUploads: true })],
  CompleteMultipartUpload: [
    objectCase(
      "write objects",
      onObject("POST", {
        name: "upload",
        query: theUpload,
        body: ({ partEtag }) =>
          `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${partEtag}</ETag></Part></CompleteMultipartUpload>`,
      }),
      { hasUploads: true },
    ),
  ],
  AbortMultipartUpload: [
    objectCase("write objects", onObject("DELETE", { name: "upload", query: theUpload }), { hasUploads: true }),
  ],
} satisfies Readonly<Record<string, readonly Case[]>>;
