import { createHash } from "node:crypto";
import { streamingModes } from "./chunked-body.ts";
import { document, domain, type Model, model, type Names, objectBucket, openBucket, websiteDomain } from "./model.ts";
import { settingModels } from "./setting-models.ts";

/** One request of each operation at least, and of each way to ask for it. */
export function createCorpus(names: Names): readonly Model[] {
  return [...reads(names), ...writes(names), ...settingModels(names), ...otherWays()];
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
