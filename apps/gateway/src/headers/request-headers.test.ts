import { describe, expect, test } from "vitest";
import { withHoistedHeaders } from "../http/hoisted-headers.ts";
import { readRequestHeaders } from "../http/request-headers.ts";
import { checkBucketName } from "./bucket-name.ts";
import { readCopySource } from "./copy-source.ts";
import { readObjectMetadata } from "./object-metadata.ts";
import { refuseUnsupportedHeaders } from "./refuse-unsupported.ts";

/** The bytes of a text as node:http hands them over: one character each. */
function raw(text: string): string {
  return Buffer.from(text).toString("latin1");
}

describe("x-amz-copy-source", () => {
  const read = (text: string) => readCopySource({ "x-amz-copy-source": text });

  test.each([
    ["b/k", "b", "k"],
    ["/b/k", "b", "k"],
    ["b%2Fk", "b", "k"],
    ["%2Fb%2Fk", "b", "k"],
    ["b//k", "b", "/k"],
    ["/b//k/", "b", "/k/"],
    ["b/a+b", "b", "a b"],
    ["b/a%2Bb", "b", "a+b"],
    ["b/a%20b", "b", "a b"],
    ["b/a%252Fb", "b", "a%2Fb"],
    ["b/../k", "b", "../k"],
    ["b/%E3%81%82", "b", "あ"],
    [`b/${raw("é/日本")}`, "b", "é/日本"],
    ["b/a?b", "b", "a?b"],
    [`b/${"%C3%A9".repeat(512)}`, "b", "é".repeat(512)],
  ])("%s", (text, bucket, key) => {
    expect(read(text)).toEqual({ bucket, key, versionId: undefined });
  });

  test.each([
    ["b/k?versionId=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_", "k", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_"],
    ["b/k?versionId=null", "k", "null"],
    ["/b/k%3Fx?versionId=n%75ll", "k?x", "null"],
  ])("%s names a version", (text, key, versionId) => {
    expect(read(text)).toEqual({ bucket: "b", key, versionId });
  });

  test.each([
    [""],
    ["/"],
    ["b"],
    ["b/"],
    ["/b"],
    ["//k"],
    ["b/%"],
    ["b/%ff"],
    ["b/\xff"],
    ["b/%00"],
    ["b/k?versionId=%00"],
    ["b/k?versionId="],
    [`b/${"k".repeat(1025)}`],
  ])("%j is InvalidArgument", (text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: "InvalidArgument" }));
  });
});

describe("bucket names", () => {
  test.each([["abc"], ["a-b"], ["a.b.c"], ["123"], ["0a0"], ["a".repeat(63)], ["1.2.3"], ["storage1"]])(
    "%s is one",
    (name) => {
      expect(() => checkBucketName(name)).not.toThrow();
    },
  );

  test.each([
    [""],
    ["ab"],
    ["a".repeat(64)],
    ["Abc"],
    ["a_b"],
    ["a b"],
    ["a/b"],
    ["é".repeat(3)],
    ["-ab"],
    ["ab-"],
    [".ab"],
    ["ab."],
    ["a..b"],
    ["abc\n"],
    ["192.168.0.1"],
    ["999.999.999.999"],
    ["xn--abc"],
    ["sthree-abc"],
    ["amzn-s3-demo-abc"],
    ["abc-s3alias"],
    ["abc--ol-s3"],
    ["abc.mrap"],
    ["abc--x-s3"],
    ["abc--table-s3"],
    ["storage"],
    [".."],
  ])("%j is InvalidBucketName", (name) => {
    expect(() => checkBucketName(name)).toThrow(
      expect.objectContaining({ code: "InvalidBucketName", elements: { BucketName: name } }),
    );
  });
});

describe("metadata of an upload", () => {
  test("standard headers are kept as sent, others are not", () => {
    const { headers } = readObjectMetadata({
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "no-cache",
      "content-disposition": 'attachment; filename="a"',
      "content-language": "de",
      expires: "not a date",
      "content-encoding": "gzip",
      "content-length": "5",
      accept: "*/*",
    });

    expect(headers).toEqual({
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "no-cache",
      "content-disposition": 'attachment; filename="a"',
      "content-language": "de",
      expires: "not a date",
      "content-encoding": "gzip",
    });
  });

  test.each([[undefined], [""]])("without a content type (%j) it is AWS's default", (type) => {
    expect(readObjectMetadata({ "content-type": type }).headers).toEqual({ "content-type": "binary/octet-stream" });
  });

  test.each([
    ["aws-chunked", undefined],
    ["AWS-Chunked", undefined],
    ["aws-chunked,gzip", "gzip"],
    ["gzip, aws-chunked", "gzip"],
    ["gzip,aws-chunked,br", "gzip,br"],
    ["", undefined],
    ["gzip", "gzip"],
  ])("content-encoding %j is stored as %j", (sent, stored) => {
    expect(readObjectMetadata({ "content-encoding": sent }).headers["content-encoding"]).toBe(stored);
  });

  test("user metadata keeps empty values and bytes", () => {
    const { user } = readObjectMetadata({
      "x-amz-meta-a": "",
      "x-amz-meta-b": raw("é"),
      "x-amz-metadata-directive": "COPY",
    });

    expect({ ...user }).toEqual({ a: "", b: raw("é") });
  });

  test("user metadata may be named like a property of every object", () => {
    const { user } = readObjectMetadata(
      readRequestHeaders(["x-amz-meta-__proto__", "1", "x-amz-meta-constructor", "2"]),
    );

    expect(Object.entries(user)).toEqual([
      ["__proto__", "1"],
      ["constructor", "2"],
    ]);
  });

  test("2,048 bytes of names and values are kept, one more is MetadataTooLarge", () => {
    const read = (valueBytes: number) => readObjectMetadata({ "x-amz-meta-ab": "v".repeat(valueBytes) });

    expect(read(2046).user.ab).toHaveLength(2046);
    expect(() => read(2047)).toThrow(
      expect.objectContaining({ code: "MetadataTooLarge", elements: { Size: "2049", MaxSizeAllowed: "2048" } }),
    );
  });
});

describe("headers of a request", () => {
  test("repeated ones are joined in order, by lower-case name", () => {
    expect({ ...readRequestHeaders(["X-Amz-Meta-A", "1", "x-amz-meta-a", "2", "Host", "h"]) }).toEqual({
      "x-amz-meta-a": "1,2",
      host: "h",
    });
  });

  test("100 are read, one more is RequestHeaderSectionTooLarge", () => {
    const headers = Array.from({ length: 100 }, (_, at) => [`h${at}`, ""]).flat();

    expect(Object.keys(readRequestHeaders(headers))).toHaveLength(100);
    expect(() => readRequestHeaders([...headers, "h100", ""])).toThrow(
      expect.objectContaining({ code: "RequestHeaderSectionTooLarge" }),
    );
  });

  test.each([
    ["x-amz-meta-a", "MetadataTooLarge"],
    ["x-amz-other", "RequestHeaderSectionTooLarge"],
  ])("8 KiB of %s are read, one byte more is %s", (name, code) => {
    const value = "v".repeat(8192 - name.length);

    expect(readRequestHeaders([name, value])[name]).toBe(value);
    expect(() => readRequestHeaders([name, `${value}v`])).toThrow(expect.objectContaining({ code }));
  });
});

describe("headers that a presigner moved into the query", () => {
  const hoist = (query: readonly [string, string][], headers = {}) => ({
    ...withHoistedHeaders(headers, new Map(query)),
  });

  test("mean the same there, in UTF-8", () => {
    expect(
      hoist([
        ["X-Amz-Meta-A", "é"],
        ["x-amz-acl", "private"],
        ["prefix", "p"],
      ]),
    ).toEqual({
      "x-amz-meta-a": raw("é"),
      "x-amz-acl": "private",
    });
  });

  test("those of the signature and checksums of an empty body are not headers", () => {
    expect(
      hoist([
        ["X-Amz-Signature", "s"],
        ["X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"],
        ["x-amz-checksum-crc32", "AAAAAA=="],
        ["x-amz-sdk-checksum-algorithm", "CRC32"],
        ["x-amz-checksum-mode", "ENABLED"],
      ]),
    ).toEqual({ "x-amz-checksum-mode": "ENABLED" });
  });

  test("a header that is sent wins", () => {
    expect(hoist([["x-amz-acl", "public-read"]], { "x-amz-acl": "private" })).toEqual({ "x-amz-acl": "private" });
  });

  test.each([
    ["x-amz-meta-a", "line\r\nbreak"],
    ["x-amz-meta-a", "\u0001"],
    ["x-amz-meta-a b", "v"],
    ["x-amz-meta-é", "v"],
  ])("%j: %j, which no header can carry, is InvalidArgument", (name, value) => {
    expect(() => hoist([[name, value]])).toThrow(expect.objectContaining({ code: "InvalidArgument" }));
  });
});

describe("headers that ask for what is not there", () => {
  test.each([
    ["x-amz-server-side-encryption-of-tomorrow", "AES256"],
    ["x-amz-bucket-object-lock-token", "t"],
  ])("%s: %s is NotImplemented and named", (name, value) => {
    expect(() => refuseUnsupportedHeaders({ [name]: value })).toThrow(
      expect.objectContaining({ code: "NotImplemented", elements: { Header: name } }),
    );
  });

  test.each([
    ["x-amz-storage-class", "GLACIER", "InvalidStorageClass"],
    ["x-amz-storage-class", "", "InvalidStorageClass"],
  ])("%s: %s is %s", (name, value, code) => {
    expect(() => refuseUnsupportedHeaders({ [name]: value })).toThrow(expect.objectContaining({ code }));
  });

  test.each([
    ["x-amz-acl", "public-read"],
    ["x-amz-grant-read", "id=x"],
    ["x-amz-storage-class", "STANDARD"],
    ["x-amz-storage-class", "REDUCED_REDUNDANCY"],
    ["x-amz-tagging", "a=b"],
    ["x-amz-tagging-directive", "COPY"],
    ["x-amz-bucket-object-lock-enabled", "true"],
    ["x-amz-object-lock-legal-hold", "OFF"],
    ["x-amz-write-offset-bytes", "0"],
    ["x-amz-request-payer", "requester"],
    ["x-stave-internal", "1"],
    ["constructor", "1"],
    ["__proto__", "1"],
    ["hasownproperty", "1"],
  ])("%s: %s is not one of them", (name, value) => {
    expect(() => refuseUnsupportedHeaders(readRequestHeaders([name, value]))).not.toThrow();
  });
});
