export type RefusedFeature = {
  readonly feature: string;
  /** As in `awsOperations`; the bucket and the object exist. */
  readonly request: string;
  readonly headers: Readonly<Record<string, string>>;
  /** It says itself who asks. */
  readonly isUnsigned?: boolean;
  readonly status: number;
  readonly code: string;
};

/** What Stave does not do within operations that it has: a request for it gets this answer. */
export const refusedFeatures: readonly RefusedFeature[] = [
  {
    feature: "Server-side encryption with keys of KMS",
    request: "PUT /b/k",
    headers: { "x-amz-server-side-encryption": "aws:kms" },
    status: 501,
    code: "NotImplemented",
  },
  {
    feature: "Storage classes other than `STANDARD` and `REDUCED_REDUNDANCY`",
    request: "PUT /b/k",
    headers: { "x-amz-storage-class": "GLACIER" },
    status: 400,
    code: "InvalidStorageClass",
  },
  {
    feature: "Signature version 4A (ECDSA)",
    request: "PUT /b/k",
    headers: { "x-amz-content-sha256": "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD" },
    status: 501,
    code: "NotImplemented",
  },
  {
    feature: "Signature version 2, except in browser forms",
    request: "GET /b/k?AWSAccessKeyId=A&Signature=c2lnbmF0dXJl&Expires=4102444800",
    headers: {},
    isUnsigned: true,
    status: 400,
    code: "InvalidRequest",
  },
];

export type Feature = { readonly feature: string; readonly status: "supported" | "differs"; readonly remark: string };

/** What is no operation of its own. */
export const features: readonly Feature[] = [
  {
    feature: "Signatures",
    status: "supported",
    remark:
      "Version 4 in headers and in presigned URLs of up to 7 days, with bodies signed whole, by chunks, or not at all.",
  },
  {
    feature: "Temporary credentials",
    status: "differs",
    remark:
      "`GetSessionToken`, `AssumeRole` and `GetCallerIdentity` of STS at the same address. The only role is `self`: the caller's own rights, as far as `Policy` allows them.",
  },
  {
    feature: "Addresses",
    status: "supported",
    remark: "Path style, virtual hosts below `--domains`, and the mount `/storage/v1/s3`.",
  },
  {
    feature: "Consistency",
    status: "supported",
    remark: "Every read and every listing sees all writes that were answered before it began.",
  },
  {
    feature: "Checksums",
    status: "supported",
    remark:
      "CRC32, CRC32C, CRC64NVME, SHA1 and SHA256, in headers and trailers; each is verified before anything is stored.",
  },
  {
    feature: "Conditional writes and deletes",
    status: "differs",
    remark:
      "`If-None-Match` with an etag is decided on writes, too, and the conditions of deletes on time and size in every bucket; AWS refuses them.",
  },
  {
    feature: "Unknown sub-resources and parameters",
    status: "differs",
    remark:
      "A sub-resource that is not there, and any unknown parameter of a write, is `501 NotImplemented` before anything is touched. AWS ignores some.",
  },
  {
    feature: "CORS",
    status: "differs",
    remark:
      "Preflights (`OPTIONS`) at every address of the bucket, and headers on answers, errors included. An origin pattern that leaves the site open (`*`, `https://*`) never allows credentials; AWS makes this exception for `*` alone.",
  },
  {
    feature: "Websites",
    status: "differs",
    remark:
      "At `BUCKET.NAME` for each name in `--website-domains`, and at a listed name itself for the bucket of that name. Redirects without a protocol of their own have a location without one, so that they keep HTTPS behind a proxy. Answers carry `X-Content-Type-Options: nosniff`.",
  },
  {
    feature: "Server access logs",
    status: "differs",
    remark:
      "Delivered within 5 minutes, at every MiB, and when the server stops; best effort, as on AWS: a killed process loses what it has not delivered. Quotation marks and control characters of clients are percent-encoded, and signatures in URLs are `REDACTED`. One record for a DeleteObjects, none for each of its keys. The turn-around time is left out.",
  },
  {
    feature: "Requester pays",
    status: "differs",
    remark: "`x-amz-request-payer` is accepted and means nothing.",
  },
];
