import { describe, expect, test } from "vitest";
import { type AccessFacts, accessRecord } from "./access-record.ts";
import { logKey } from "./log-key.ts";
import { operationCode } from "./operation-code.ts";

const facts: AccessFacts = {
  bucketOwnerId: "owner",
  bucket: "photos",
  key: "a b/ä+.jpg",
  receivedAt: new Date("2026-02-06T00:00:38.999Z"),
  remoteAddress: "192.0.2.3",
  requesterId: "requester",
  requestId: "0A1B",
  hostId: "aG9zdA==",
  operation: "GetObject",
  method: "GET",
  rawTarget: "/photos/a%20b/%C3%A4+.jpg?versionId=v",
  httpVersion: "1.1",
  status: 206,
  errorCode: undefined,
  sentBytes: 10,
  objectBytes: 1000,
  durationMs: 7.4,
  referer: "https://a.example/",
  userAgent: "curl/8.0 (x; y)",
  versionId: "v",
  authentication: "AuthHeader",
  host: "localhost:7480",
};

/** How programs that read these logs take a line apart. */
function fields(line: string): readonly string[] {
  return [...line.matchAll(/\[[^\]]*\]|"[^"]*"|[^ \n]+/g)].map(([field]) => field);
}

test("a record has the fields of a server access log, in their order", () => {
  expect(accessRecord(facts)).toBe(
    'owner photos [06/Feb/2026:00:00:38 +0000] 192.0.2.3 requester 0A1B REST.GET.OBJECT a%20b/%C3%A4%2B.jpg "GET /photos/a%20b/%C3%A4+.jpg?versionId=v HTTP/1.1" 206 - 10 1000 7 - "https://a.example/" "curl/8.0 (x; y)" v aG9zdA== SigV4 - AuthHeader localhost:7480 - - -\n',
  );
});

test("what is not known is a hyphen", () => {
  const unknown = { remoteAddress: undefined, requesterId: undefined, sentBytes: 0, objectBytes: undefined };
  const silent = { referer: undefined, userAgent: "", versionId: undefined, host: undefined, key: "" };

  expect(accessRecord({ ...facts, ...unknown, ...silent, errorCode: "AccessDenied", status: 403 })).toBe(
    'owner photos [06/Feb/2026:00:00:38 +0000] - - 0A1B REST.GET.OBJECT - "GET /photos/a%20b/%C3%A4+.jpg?versionId=v HTTP/1.1" 403 AccessDenied - - 7 - "-" "-" - aG9zdA== - - - - - - -\n',
  );
});

describe("a hostile client cannot break the format", () => {
  const hostile = ['" 200 - "', "a\nb", "\r\n", "\u0000", "\t", "\u007f", "\u00e9", "[x]", " ", "-", "\\"];
  const usual = fields(accessRecord(facts));

  test.each(hostile)("with %j", (text) => {
    const line = accessRecord({
      ...facts,
      key: `${text}é`,
      rawTarget: `/${text}?${text}`,
      referer: text,
      userAgent: text,
      versionId: text,
      host: text,
    });

    expect(line).toMatch(/^[\x20-\x7e]*\n$/);
    expect(fields(line)).toHaveLength(usual.length);
    expect(fields(line).slice(9, 15)).toEqual(usual.slice(9, 15));
  });

  test("with a key that looks like none", () => {
    expect(fields(accessRecord({ ...facts, key: "-" }))[7]).toBe("%2D");
  });
});

test("security S30: no record holds what would open an object", () => {
  const secrets = [
    "X-Amz-Signature=canary",
    "x-amz-signature=canary",
    "X%2DAmz%2dSignature=canary",
    "X-Amz-Security-Token=canary",
    "x-amz-server-side-encryption-customer-key=canary",
    "x-amz-copy-source-server-side-encryption-customer-key=canary",
    "%zz=canary",
  ];

  const line = accessRecord({ ...facts, rawTarget: `/photos/k?a=1&${secrets.join("&")}&b=2` });

  expect(line).not.toContain("canary");
  expect(line).toContain("?a=1&X-Amz-Signature=REDACTED&");
  expect(line).toContain("&b=2 HTTP/1.1");
});

test.each([
  ["ListObjectsV2", "GET", "", "REST.GET.BUCKET"],
  ["HeadObject", "HEAD", "k", "REST.HEAD.OBJECT"],
  ["CopyObject", "PUT", "k", "REST.COPY.OBJECT"],
  ["UploadPart", "PUT", "k", "REST.PUT.PART"],
  ["UploadPartCopy", "PUT", "k", "REST.COPY.PART"],
  ["CreateMultipartUpload", "POST", "k", "REST.POST.UPLOADS"],
  ["CompleteMultipartUpload", "POST", "k", "REST.POST.UPLOAD"],
  ["DeleteObjects", "POST", "", "REST.POST.MULTI_OBJECT_DELETE"],
  ["GetBucketVersioning", "GET", "", "REST.GET.VERSIONING"],
  ["GetObjectTagging", "GET", "k", "REST.GET.OBJECT_TAGGING"],
  ["PutBucketTagging", "PUT", "", "REST.PUT.TAGGING"],
  ["PutBucketLogging", "PUT", "", "REST.PUT.LOGGING_STATUS"],
  ["Preflight", "OPTIONS", "k", "REST.OPTIONS.PREFLIGHT"],
  ["Website", "GET", "k", "WEBSITE.GET.OBJECT"],
  ["Unknown", "PATCH", "k", "REST.PATCH.OBJECT"],
] as const)("%s is %s %j: %s", (operation, method, key, code) => {
  expect(operationCode({ operation, method, key })).toBe(code);
});

describe("the key of a log object", () => {
  const origin = { bucket: "photos", ownerId: "owner", region: "eu-west-1", day: "2026-02-05" };
  const now = new Date("2026-02-06T07:08:09.999Z");
  const logging = { targetBucket: "logs", targetPrefix: "p/" };

  test.each([
    [undefined, /^p\/2026-02-06-07-08-09-[0-9A-F]{16}$/],
    [{ type: "SimplePrefix" }, /^p\/2026-02-06-07-08-09-[0-9A-F]{16}$/],
    [
      { type: "PartitionedPrefix", partitionDateSource: "DeliveryTime" },
      /^p\/owner\/eu-west-1\/photos\/2026\/02\/06\/2026-02-06-07-08-09-[0-9A-F]{16}$/,
    ],
    [
      { type: "PartitionedPrefix", partitionDateSource: "EventTime" },
      /^p\/owner\/eu-west-1\/photos\/2026\/02\/05\/2026-02-05-00-00-00-[0-9A-F]{16}$/,
    ],
  ] as const)("in the format %j", (targetObjectKeyFormat, expected) => {
    const key = () => logKey({ ...logging, targetObjectKeyFormat }, origin, now);

    expect(key()).toMatch(expected);
    expect(key()).not.toBe(key());
  });
});
