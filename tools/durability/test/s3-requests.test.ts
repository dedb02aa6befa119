import { describe, expect, test } from "vitest";
import { createLedger, type Ledger } from "../src/ledger.ts";
import type { S3Answer, S3Client, S3Request } from "../src/powercut/s3-client.ts";
import { createS3Reader } from "../src/powercut/s3-reader.ts";
import { createS3Writer } from "../src/powercut/s3-writer.ts";

const address = { bucket: "b", key: "k" };
const noPause = { pauseMs: 0 };

type Reply = { readonly status: number; readonly body?: string; readonly headers?: S3Answer["headers"] } | Error;

/** Answers the requests in turn, and the last reply again and again. */
function createClient(...replies: readonly Reply[]): S3Client & { readonly requests: S3Request[] } {
  const requests: S3Request[] = [];
  return {
    requests,
    async send(request) {
      const reply = replies[Math.min(requests.length, replies.length - 1)] ?? { status: 200 };
      requests.push(request);
      if (reply instanceof Error) throw reply;
      return { status: reply.status, headers: reply.headers ?? {}, body: Buffer.from(reply.body ?? "") };
    },
    close() {},
  };
}

/** How the only operation stands, and the states allowed. */
function standingOf(ledger: Ledger) {
  const cut = ledger.freeze();
  cut.end();
  const [standing] = cut.standings();
  const [operation] = standing?.history ?? [];
  return {
    outcome: operation === undefined ? undefined : cut.outcomeOf(operation).kind,
    allowed: standing?.allowed.map((content) => content?.operation ?? 0),
  };
}

describe("a write", () => {
  const cases: readonly [title: string, reply: Reply, headers: Record<string, string>, outcome: string][] = [
    ["answered with 200 is acknowledged", { status: 200 }, {}, "acknowledged"],
    ["answered with 412 is refused", { status: 412 }, { "if-none-match": "*" }, "refused"],
    ["with If-Match answered with 404 is refused", { status: 404 }, { "if-match": '"x"' }, "refused"],
    ["answered with 404 otherwise has failed", { status: 404 }, {}, "failed"],
    ["answered with 503 has failed", { status: 503 }, {}, "failed"],
    ["without an answer has failed", new Error("ECONNRESET"), {}, "failed"],
  ];

  test.each(cases)("%s", async (_title, reply, condition, outcome) => {
    const ledger = createLedger({ seed: 1 });

    await createS3Writer(createClient(reply), ledger).put(address, { sizeBytes: 9, condition: condition as never });

    expect(standingOf(ledger).outcome).toBe(outcome);
  });

  test("that is a copy of what is not there has failed, and says so", async () => {
    const ledger = createLedger({ seed: 1 });
    const source = {
      address: { bucket: "b", key: "source" },
      content: { name: "b/source", operation: 1, sizeBytes: 9 },
    };
    const client = createClient({ status: 404, body: "<Error><Code>NoSuchKey</Code></Error>" });

    const written = await createS3Writer(client, ledger).copy(address, source);

    expect(written).toMatchObject({ kind: "failed", missingSource: source.address });
  });

  test("that is a copy answered with 200 and an error has failed", async () => {
    const ledger = createLedger({ seed: 1 });
    const content = { name: "b/source", operation: 1, sizeBytes: 9 };
    const client = createClient({ status: 200, body: "<Error><Code>InternalError</Code></Error>" });

    await createS3Writer(client, ledger).copy(address, { address: { bucket: "b", key: "source" }, content });

    expect(standingOf(ledger).outcome).toBe("failed");
  });

  test("is known by its version", async () => {
    const ledger = createLedger({ seed: 1 });
    const client = createClient({ status: 200, headers: { "x-amz-version-id": "v1" } });

    await createS3Writer(client, ledger).put(address, { sizeBytes: 9 });

    const cut = ledger.freeze();
    expect([...(cut.standings()[0]?.versions.keys() ?? [])]).toEqual(["v1"]);
  });
});

describe("a multipart upload", () => {
  const created = { status: 200, body: "<UploadId>u</UploadId>" };
  const part = { status: 200, headers: { etag: '"p"' } };
  const upload = (client: S3Client, ledger: Ledger, isAborted = false) =>
    createS3Writer(client, ledger).upload(address, { sizeBytes: 5 * 1024 ** 2 + 1, isAborted });

  test("is in parts of 5 MiB and a rest, and acknowledged when it is complete", async () => {
    const ledger = createLedger({ seed: 1 });
    const client = createClient(created, part, part, { status: 200 });

    await upload(client, ledger);

    expect(client.requests.map(({ body }) => body?.length ?? 0).slice(1, 3)).toEqual([5 * 1024 ** 2, 1]);
    expect(String(client.requests[3]?.body)).toContain('<PartNumber>2</PartNumber><ETag>"p"</ETag>');
    expect(standingOf(ledger)).toEqual({ outcome: "acknowledged", allowed: [1] });
  });

  const never: readonly [title: string, replies: readonly Reply[], isAborted: boolean][] = [
    ["that is aborted", [created, part, part, { status: 204 }], true],
    ["whose abort fails", [created, part, part, { status: 500 }], true],
    ["whose part fails", [created, part, { status: 500 }], false],
    ["that cannot be created", [new Error("ECONNRESET")], false],
  ];

  test.each(never)("%s must never be seen", async (_title, replies, isAborted) => {
    const ledger = createLedger({ seed: 1 });

    await upload(createClient(...replies), ledger, isAborted);

    expect(standingOf(ledger)).toEqual({ outcome: "refused", allowed: [0] });
  });

  const unknown: readonly [title: string, last: Reply][] = [
    ["is not answered", new Error("ECONNRESET")],
    ["is answered with 500", { status: 500 }],
    ["is answered with 200 and an error", { status: 200, body: "<Error/><Error><Code>X</Code></Error>" }],
  ];

  test.each(unknown)("whose completion %s may be seen or not", async (_title, last) => {
    const ledger = createLedger({ seed: 1 });

    await upload(createClient(created, part, part, last), ledger);

    expect(standingOf(ledger)).toEqual({ outcome: "failed", allowed: [0, 1] });
  });
});

describe("a read", () => {
  const read = (...replies: readonly Reply[]) => createS3Reader(createClient(...replies), noPause).read(address);

  test("brings the bytes, and the etag without its quotes", async () => {
    expect(await read({ status: 200, body: "abc", headers: { etag: '"e"' } })).toEqual({
      kind: "object",
      body: Buffer.from("abc"),
      etag: "e",
    });
  });

  test("of what is not there says so", async () => {
    expect(await read({ status: 404 })).toEqual({ kind: "absent" });
  });

  test("believes an error only if it comes again", async () => {
    expect(await read({ status: 500 }, new Error("ECONNRESET"), { status: 200 })).toMatchObject({ kind: "object" });
    expect(await read({ status: 500, body: "<Code>InternalError</Code>" })).toEqual({
      kind: "failed",
      reason: "GET answers 500 InternalError",
    });
    expect(await read(new Error("ECONNRESET"))).toEqual({ kind: "failed", reason: "ECONNRESET" });
  });

  test("of fewer bytes than announced has failed", async () => {
    expect(await read({ status: 200, body: "abc", headers: { "content-length": "5" } })).toEqual({
      kind: "failed",
      reason: "GET brings 3 of 5 bytes",
    });
  });
});

describe("a listing", () => {
  const page = (inner: string) => ({
    status: 200,
    body: `<?xml version="1.0"?><ListBucketResult>${inner}</ListBucketResult>`,
  });

  test("follows the pages, and reads escaped keys and etags", async () => {
    const client = createClient(
      page(
        "<Contents><Key>a&amp;b</Key><Size>1</Size><ETag>&#34;e1&#34;</ETag></Contents><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>",
      ),
      page(
        "<Contents><Key>007</Key><Size>2</Size><ETag>&quot;e2&quot;</ETag></Contents><IsTruncated>false</IsTruncated>",
      ),
    );

    expect(await createS3Reader(client, noPause).list("b")).toEqual([
      { key: "a&b", sizeBytes: 1, etag: "e1" },
      { key: "007", sizeBytes: 2, etag: "e2" },
    ]);
    expect(client.requests[1]?.query).toMatchObject({ "continuation-token": "t" });
  });

  test("of an empty bucket, and of one that is gone, is empty", async () => {
    expect(await createS3Reader(createClient(page("")), noPause).list("b")).toEqual([]);
    expect(await createS3Reader(createClient({ status: 404 }), noPause).list("b")).toEqual([]);
  });

  test("fails with what the server says", async () => {
    const reader = createS3Reader(createClient({ status: 500, body: "<Code>SlowDown</Code>" }), noPause);

    await expect(reader.list("b")).rejects.toThrow("it answers 500 SlowDown");
  });

  test("of versions has delete markers, and follows both markers", async () => {
    const versions = (inner: string) => ({ status: 200, body: `<ListVersionsResult>${inner}</ListVersionsResult>` });
    const client = createClient(
      versions(
        "<DeleteMarker><Key>k</Key><VersionId>2</VersionId><IsLatest>true</IsLatest></DeleteMarker><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker><NextVersionIdMarker>2</NextVersionIdMarker>",
      ),
      versions(
        "<Version><Key>k</Key><VersionId>1</VersionId><IsLatest>false</IsLatest><Size>3</Size><ETag>e</ETag></Version>",
      ),
    );

    expect(await createS3Reader(client, noPause).listVersions("b")).toMatchObject([
      { key: "k", versionId: "2", isLatest: true, isDeleteMarker: true },
      { key: "k", versionId: "1", isLatest: false, isDeleteMarker: false, sizeBytes: 3, etag: "e" },
    ]);
    expect(client.requests[1]?.query).toMatchObject({ "key-marker": "k", "version-id-marker": "2" });
  });
});
