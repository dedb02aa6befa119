import { describe, expect, test } from "vitest";
import { parseTarget } from "./parse-target.ts";

const addressing = { mounts: ["/storage/v1/s3"], domains: ["s3.example.com", "localhost"] };

function parse(target: string, host: string | undefined = "127.0.0.1:7480") {
  return parseTarget(target, host, addressing);
}

/** The bytes of a text as node:http hands them over: one character each. */
function raw(text: string): string {
  return Buffer.from(text).toString("latin1");
}

describe("the path is decoded exactly once, byte for byte", () => {
  test.each([
    ["/", "", ""],
    ["/photos", "photos", ""],
    ["/photos/", "photos", ""],
    ["/photos/a.jpg", "photos", "a.jpg"],
    ["/photos/a/", "photos", "a/"],
    ["/photos//x", "photos", "/x"],
    ["/photos///", "photos", "//"],
    ["/photos/a//b", "photos", "a//b"],
    ["/photos/a/./b/../c", "photos", "a/./b/../c"],
    ["/photos/..", "photos", ".."],
    ["/photos/../secret", "photos", "../secret"],
    ["/photos/%2e%2e%2fsecret", "photos", "../secret"],
    ["/photos/a+b", "photos", "a+b"],
    ["/photos/a%20b", "photos", "a b"],
    ["/photos/a%2Fb", "photos", "a/b"],
    ["/photos/a%252Fb", "photos", "a%2Fb"],
    ["/photos/100%25", "photos", "100%"],
    ["/photos/%E3%81%82", "photos", "あ"],
    ["/photos/e%CC%81", "photos", "e\u0301"],
    ["/photos/%C3%A9", "photos", "\u00e9"],
    [`/photos/${raw("é/日本語/😀")}`, "photos", "é/日本語/😀"],
    [`/photos/${raw("é")}%20%C3%A9`, "photos", "é é"],
    ["/photos/a%3Fb%23c%26d", "photos", "a?b#c&d"],
    ["/photos/%01%0A%7F", "photos", "\u0001\n\u007f"],
    ["/ph%6Ftos/a", "photos", "a"],
    ["/%2E%2E/a", "..", "a"],
    ["http://127.0.0.1:7480/photos/a", "photos", "a"],
    ["HTTPS://example.com/photos//a?x=1", "photos", "/a"],
    ["http://example.com", "", ""],
    ["http://example.com?prefix=/photos/a", "", ""],
    ["/storage/v1/s3", "", ""],
    ["/storage/v1/s3/", "", ""],
    ["/storage/v1/s3/photos", "photos", ""],
    ["/storage/v1/s3/photos//a+b", "photos", "/a+b"],
    ["http://example.com/storage/v1/s3/photos/a", "photos", "a"],
    ["/storage/v1/s3x/a", "storage", "v1/s3x/a"],
    ["/storage", "storage", ""],
  ])("%j is bucket %j, key %j", (target, bucket, key) => {
    expect(parse(target)).toMatchObject({ bucket, key, isVirtualHost: false });
  });

  test("a path style address says below which mount it lies", () => {
    expect(parse("/storage/v1/s3/photos/a").mount).toBe("/storage/v1/s3");
    expect(parse("/photos/a").mount).toBe("");
  });
});

describe("a host below a domain names the bucket", () => {
  test.each([
    ["photos.localhost", "/a", "photos", "a"],
    ["photos.localhost:7480", "/", "photos", ""],
    ["photos.localhost:80", "//a", "photos", "/a"],
    ["my.photos.localhost:443", "/a/b", "my.photos", "a/b"],
    ["PHOTOS.S3.Example.COM", "/a", "photos", "a"],
    ["photos.localhost", "/storage/v1/s3/a", "photos", "a"],
  ])("%s%s is bucket %s, key %j", (host, target, bucket, key) => {
    expect(parse(target, host)).toMatchObject({ bucket, key, isVirtualHost: true });
  });

  test.each([
    ["localhost:7480"],
    ["s3.example.com"],
    ["elsewhere.test"],
    ["notlocalhost"],
    ["localhost.evil.test"],
    ["[::1]:7480"],
    [".localhost"],
    [""],
  ])("%j does not: the path does", (host) => {
    expect(parse("/photos/a", host)).toMatchObject({ bucket: "photos", key: "a", isVirtualHost: false });
  });

  test("without a Host header the path does", () => {
    expect(parseTarget("/photos/a", undefined, addressing)).toMatchObject({ bucket: "photos", key: "a" });
  });
});

describe("what cannot be read is InvalidURI", () => {
  test.each([
    ["a lone percent sign", "/photos/%"],
    ["a percent sign with one digit", "/photos/a%4"],
    ["a percent sign with letters", "/photos/%zz"],
    ["invalid UTF-8, escaped", "/photos/%ff"],
    ["invalid UTF-8, raw", "/photos/\xff"],
    ["UTF-8 that was cut", "/photos/%E3%81"],
    ["an overlong form", "/photos/%C0%AF"],
    ["a surrogate", "/photos/%ED%A0%80"],
    ["NUL", "/photos/a%00b"],
    ["NUL in the bucket", "/pho%00tos"],
    ["NUL in the query", "/photos?prefix=%00"],
    ["a broken escape in a query value", "/photos?prefix=%4"],
    ["a broken escape in a query name", "/photos?%zz=1"],
    ["an empty bucket before a key", "//a"],
    ["no path", ""],
    ["the asterisk form", "*"],
    ["an authority", "example.com:80"],
    ["another scheme", "ftp://example.com/photos"],
    ["an absolute form without a host", "http:///photos/a"],
  ])("%s", (_, target) => {
    expect(() => parse(target)).toThrow(expect.objectContaining({ code: "InvalidURI" }));
  });
});

describe("caps", () => {
  const refused = (code: string) => expect.objectContaining({ code });

  test.each([
    ["plain", "k".repeat(1024)],
    ["escaped", "%C3%A9".repeat(512)],
    ["raw", raw("é".repeat(512))],
  ])("a key of 1,024 bytes is read, %s", (_, key) => {
    expect(Buffer.byteLength(parse(`/photos/${key}`).key)).toBe(1024);
  });

  test.each([
    ["plain", "k".repeat(1025)],
    ["escaped", `k${"%C3%A9".repeat(512)}`],
    ["in a virtual host", "k".repeat(1025)],
  ])("a key of 1,025 bytes is KeyTooLongError, %s", (how, key) => {
    const isVirtual = how === "in a virtual host";

    const act = () => (isVirtual ? parse(`/${key}`, "photos.localhost") : parse(`/photos/${key}`));

    expect(act).toThrow(
      expect.objectContaining({ code: "KeyTooLongError", elements: { Size: "1025", MaxSizeAllowed: "1024" } }),
    );
  });

  test("a target of 8,192 bytes is read, one more is InvalidURI", () => {
    const target = `/photos?prefix=${"p".repeat(8192 - 15)}`;

    expect(parse(target).query.get("prefix")).toHaveLength(8192 - 15);
    expect(() => parse(`${target}p`)).toThrow(refused("InvalidURI"));
  });

  test("100 query parameters are read, one more is InvalidURI", () => {
    const query = Array.from({ length: 100 }, (_, at) => `p${at}=`).join("&");

    expect(parse(`/photos?${query}`).query.size).toBe(100);
    expect(() => parse(`/photos?${query}&p100=`)).toThrow(refused("InvalidURI"));
  });
});

describe("the query", () => {
  test("is decoded once, plus signs are spaces, empty pairs are skipped", () => {
    const { query } = parse("/photos?prefix=a+b%2Bc%2520&&delimiter=%2F&k%20v=1&x==&");

    expect([...query]).toEqual([
      ["prefix", "a b+c%20"],
      ["delimiter", "/"],
      ["k v", "1"],
      ["x", "="],
    ]);
  });

  test("takes the first of a repeated name", () => {
    expect(parse("/photos?prefix=a&prefix=b").query.get("prefix")).toBe("a");
  });

  test("tells a bare name from an empty value", () => {
    const { query, bareParameters } = parse("/photos?acl&prefix=&%61bc");

    expect([...query]).toEqual([
      ["acl", ""],
      ["prefix", ""],
      ["abc", ""],
    ]);
    expect([...bareParameters]).toEqual(["acl", "abc"]);
  });

  test("starts at the first question mark only", () => {
    expect(parse("/photos/a?prefix=b?c")).toMatchObject({ key: "a", query: new Map([["prefix", "b?c"]]) });
  });
});
