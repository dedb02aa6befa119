import type { ObjectVersion } from "@stave/object-store";
import { describe, expect, test } from "vitest";
import { checkSourceConditions } from "./copy-source.ts";
import { readDeleteConditions } from "./delete-conditions.ts";
import { parseRange } from "./parse-range.ts";
import { evaluateReadConditions } from "./read-conditions.ts";
import { readWriteConditions } from "./write-conditions.ts";

const etag = "5d41402abc4b2a76b9719d911017c592";
const version: ObjectVersion = {
  key: "k",
  versionId: "null",
  isLatest: true,
  ownerId: "o",
  // HTTP dates have whole seconds; half of one must not make the object newer than its own Last-Modified.
  lastModified: new Date("2024-05-01T10:00:00.500Z"),
  isDeleteMarker: false,
  sizeBytes: 5,
  etag,
  metadata: { headers: {}, user: {} },
};
const before = "Wed, 01 May 2024 09:59:59 GMT";
const same = "Wed, 01 May 2024 10:00:00 GMT";
const after = "Wed, 01 May 2024 10:00:01 GMT";
const receivedAt = new Date("2024-05-01T12:00:00Z");
const future = "Wed, 01 May 2024 12:00:01 GMT";

describe("conditions of reads, in the order of RFC 9110", () => {
  const match = `"${etag}"`;
  const other = '"ffffffffffffffffffffffffffffffff"';
  const proceed = "proceed";
  const notModified = "not-modified";

  test.each([
    [{}, proceed],
    [{ ifMatch: match }, proceed],
    [{ ifMatch: etag }, proceed],
    [{ ifMatch: "*" }, proceed],
    [{ ifMatch: `${other}, ${match}` }, proceed],
    [{ ifMatch: `W/${match}` }, proceed],
    [{ ifMatch: other }, "If-Match"],
    [{ ifMatch: "" }, "If-Match"],
    [{ ifMatch: match, ifUnmodifiedSince: before }, proceed],
    [{ ifMatch: other, ifUnmodifiedSince: after }, "If-Match"],
    [{ ifUnmodifiedSince: after }, proceed],
    [{ ifUnmodifiedSince: same }, proceed],
    [{ ifUnmodifiedSince: before }, "If-Unmodified-Since"],
    [{ ifUnmodifiedSince: "yesterday" }, proceed],
    [{ ifUnmodifiedSince: "1" }, proceed],
    [{ ifNoneMatch: other }, proceed],
    [{ ifNoneMatch: match }, notModified],
    [{ ifNoneMatch: "*" }, notModified],
    [{ ifNoneMatch: `W/${match}, ${other}` }, notModified],
    [{ ifNoneMatch: other, ifModifiedSince: after }, proceed],
    [{ ifNoneMatch: match, ifModifiedSince: before }, notModified],
    [{ ifModifiedSince: before }, proceed],
    [{ ifModifiedSince: same }, notModified],
    [{ ifModifiedSince: after }, notModified],
    [{ ifModifiedSince: future }, proceed],
    [{ ifModifiedSince: "" }, proceed],
    [{ ifModifiedSince: "2024" }, proceed],
    [{ ifModifiedSince: "Wednesday, 01-May-24 10:00:00 GMT" }, notModified],
    [{ ifModifiedSince: "Wed May  1 10:00:00 2024" }, notModified],
    [{ ifUnmodifiedSince: "Wed May  1 09:59:59 2024" }, "If-Unmodified-Since"],
    [{ ifMatch: match, ifNoneMatch: match }, notModified],
    [{ ifMatch: other, ifNoneMatch: match }, "If-Match"],
    [{ ifUnmodifiedSince: before, ifModifiedSince: after }, "If-Unmodified-Since"],
  ])("%j: %s", (conditions, expected) => {
    const none = {
      ifMatch: undefined,
      ifNoneMatch: undefined,
      ifModifiedSince: undefined,
      ifUnmodifiedSince: undefined,
      receivedAt,
    };

    const result = evaluateReadConditions({ ...none, ...conditions }, version);

    expect(result.outcome === "failed" ? result.condition : result.outcome).toBe(expected);
  });
});

describe("conditions of a copy's source fail with 412, never 304", () => {
  const prefix = "x-amz-copy-source-if-";

  test.each([
    [{ [`${prefix}none-match`]: etag }, "x-amz-copy-source-If-None-Match"],
    [{ [`${prefix}modified-since`]: same }, "x-amz-copy-source-If-Modified-Since"],
    [{ [`${prefix}match`]: "x" }, "x-amz-copy-source-If-Match"],
    [{ [`${prefix}unmodified-since`]: before }, "x-amz-copy-source-If-Unmodified-Since"],
    [{ [`${prefix}none-match`]: etag, [`${prefix}modified-since`]: before }, "x-amz-copy-source-If-None-Match"],
  ])("%j", (headers, condition) => {
    expect(() => checkSourceConditions({ headers, receivedAt }, version)).toThrow(
      expect.objectContaining({ code: "PreconditionFailed", elements: { Condition: condition } }),
    );
  });

  test("a match overrides an unmodified-since that fails", () => {
    const headers = { [`${prefix}match`]: `"${etag}"`, [`${prefix}unmodified-since`]: before };

    expect(() => checkSourceConditions({ headers, receivedAt }, version)).not.toThrow();
  });
});

describe("conditions of writes", () => {
  test.each([
    [{}, undefined],
    [{ "if-none-match": "*" }, { ifNoneMatch: "*" }],
    [{ "if-none-match": " * " }, { ifNoneMatch: "*" }],
    [{ "if-match": `"${etag}"` }, { ifMatch: etag }],
    [{ "if-match": etag }, { ifMatch: etag }],
    [{ "if-match": "*" }, { ifMatch: "*" }],
    [{ "if-none-match": `"${etag}"` }, { ifNoneMatch: etag }],
    [{ "if-none-match": `W/"${etag}"` }, { ifNoneMatch: etag }],
  ])("%j are read", (headers, conditions) => {
    expect(readWriteConditions(headers)).toEqual(conditions);
  });

  test.each([
    [{ "if-none-match": "" }],
    [{ "if-none-match": `"${etag}", "other"` }],
    [{ "if-none-match": `"${etag}` }],
    [{ "if-match": `"${etag}"`, "if-none-match": "*" }],
  ])("%j are NotImplemented", (headers) => {
    expect(() => readWriteConditions(headers)).toThrow(
      expect.objectContaining({
        code: "NotImplemented",
        elements: expect.objectContaining({ Header: "If-None-Match" }),
      }),
    );
  });
});

describe("conditions of deletes", () => {
  const none = { etag: undefined, lastModified: undefined, size: undefined };

  test.each([
    [{}, {}],
    [{ etag: `"${etag}"` }, { ifMatch: etag }],
    [{ size: "12" }, { ifSizeBytes: 12 }],
    [{ lastModified: "Wed, 01 May 2024 10:00:00 GMT" }, { ifLastModified: new Date("2024-05-01T10:00:00Z") }],
    [{ lastModified: "2024-05-01T10:00:00.500Z" }, { ifLastModified: new Date("2024-05-01T10:00:00.500Z") }],
    [{ lastModified: "2024-05-01T12:00:00+02:00" }, { ifLastModified: new Date("2024-05-01T10:00:00Z") }],
  ])("%j are read", (sent, conditions) => {
    expect(readDeleteConditions({ ...none, ...sent })).toEqual(conditions);
  });

  test.each([{ size: "" }, { size: "-1" }, { size: "1e3" }, { lastModified: "2024" }, { lastModified: "" }])(
    "%j are refused",
    (sent) => {
      expect(() => readDeleteConditions({ ...none, ...sent })).toThrow(
        expect.objectContaining({ code: "InvalidArgument" }),
      );
    },
  );
});

describe("Range", () => {
  test.each([
    [undefined, 10, undefined],
    ["", 10, undefined],
    ["bytes=0-3", 10, [0, 3]],
    [" bytes=0-3 ", 10, [0, 3]],
    ["bytes=9-9", 10, [9, 9]],
    ["bytes=0-", 10, [0, 9]],
    ["bytes=5-", 10, [5, 9]],
    ["bytes=5-99", 10, [5, 9]],
    ["bytes=0-99999999999999999999999999", 10, [0, 9]],
    ["bytes=-3", 10, [7, 9]],
    ["bytes=-10", 10, [0, 9]],
    ["bytes=-99", 10, [0, 9]],
    ["bytes=-99999999999999999999999999", 10, [0, 9]],
    ["bytes=5-4", 10, undefined],
    ["bytes=20-4", 10, undefined],
    ["bytes=-", 10, undefined],
    ["bytes=", 10, undefined],
    ["bytes=a-b", 10, undefined],
    ["bytes=0-1,3-4", 10, undefined],
    ["bytes=0x1-2", 10, undefined],
    ["bytes=1.5-2", 10, undefined],
    ["bytes=--1", 10, undefined],
    ["bytes=0--1", 10, undefined],
    ["items=0-1", 10, undefined],
    ["0-1", 10, undefined],
    ["bytes=10-", 10, "InvalidRange"],
    ["bytes=10-12", 10, "InvalidRange"],
    ["bytes=99999999999999999999999999-", 10, "InvalidRange"],
    ["bytes=-0", 10, "InvalidRange"],
    ["bytes=0-0", 0, "InvalidRange"],
    ["bytes=0-", 0, "InvalidRange"],
    ["bytes=-1", 0, "InvalidRange"],
  ])("%j of %i bytes: %j", (header, sizeBytes, expected) => {
    if (expected === "InvalidRange") {
      expect(() => parseRange(header, sizeBytes)).toThrow(
        expect.objectContaining({
          code: "InvalidRange",
          status: 416,
          headers: { "content-range": `bytes */${sizeBytes}` },
          elements: { RangeRequested: header, ActualObjectSize: String(sizeBytes) },
        }),
      );
      return;
    }

    const range = parseRange(header, sizeBytes);

    expect(range && [range.first, range.last]).toEqual(expected);
  });
});
