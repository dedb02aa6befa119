import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { createS3Client, type S3Client } from "./support/s3-client.ts";

let gateway: MemoryGateway;
let s3: S3Client;
let bucket = "";
let buckets = 0;

beforeAll(async () => {
  gateway = await startMemoryGateway();
  s3 = createS3Client(gateway);
  return () => gateway.close();
});

beforeEach(async () => {
  buckets += 1;
  bucket = `rules-${buckets}`;
  await s3.call({ method: "PUT", path: `/${bucket}` });
});

function call(method: string, body?: string, headers: Readonly<Record<string, string>> = {}) {
  const query = { lifecycle: "" };
  return s3.call({ method, path: `/${bucket}`, query, headers, ...(body !== undefined && { body }) });
}

function document(...rules: readonly string[]): string {
  return `<LifecycleConfiguration>${rules.join("")}</LifecycleConfiguration>`;
}

function rule(content: string, { id = "r", filter = "<Filter/>", status = "Enabled" } = {}): string {
  return `<Rule><ID>${id}</ID>${filter}<Status>${status}</Status>${content}</Rule>`;
}

const oneDay = "<Expiration><Days>1</Days></Expiration>";
const noncurrent = (content: string) => `<NoncurrentVersionExpiration>${content}</NoncurrentVersionExpiration>`;
const abort = (days: number) =>
  `<AbortIncompleteMultipartUpload><DaysAfterInitiation>${days}</DaysAfterInitiation></AbortIncompleteMultipartUpload>`;
const filter = (content: string) => ({ filter: `<Filter>${content}</Filter>` });

describe("the lifecycle configuration of a bucket", () => {
  test("is read as it was put, until it is deleted", async () => {
    const rules = document(
      rule(oneDay, { id: "old form", filter: "<Prefix>logs/</Prefix>" }),
      rule(noncurrent("<NewerNoncurrentVersions>3</NewerNoncurrentVersions><NoncurrentDays>7</NoncurrentDays>"), {
        id: "some",
        status: "Disabled",
        filter:
          "<Filter><And><ObjectSizeGreaterThan>0</ObjectSizeGreaterThan><Prefix>a&amp;b</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter>",
      }),
      rule(`<Expiration><Date>2030-01-01T00:00:00.000Z</Date></Expiration>`, { id: "date" }),
    );

    const put = await call("PUT", rules);
    const read = await call("GET");

    expect([put.status, put.text, read.status]).toEqual([200, "", 200]);
    expect(put.headers["x-amz-transition-default-minimum-object-size"]).toBe("all_storage_classes_128K");
    expect(read.headers["x-amz-transition-default-minimum-object-size"]).toBe("all_storage_classes_128K");
    for (const [name, values] of [
      ["ID", ["old form", "some", "date"]],
      ["Prefix", ["logs/", "a&b"]],
      ["Status", ["Enabled", "Disabled", "Enabled"]],
      ["Days", ["1"]],
      ["Date", ["2030-01-01T00:00:00.000Z"]],
      ["NewerNoncurrentVersions", ["3"]],
      ["NoncurrentDays", ["7"]],
      ["ObjectSizeGreaterThan", ["0"]],
      ["Key", ["k"]],
    ] as const) {
      expect([name, read.all(name)]).toEqual([name, values]);
    }
    expect((await call("PUT", read.text)).status).toBe(200);
    expect((await call("GET")).text).toBe(read.text);

    expect((await call("DELETE")).status).toBe(204);
    expect((await call("DELETE")).status).toBe(204);
    const gone = await call("GET");
    expect([gone.status, gone.code]).toEqual([404, "NoSuchLifecycleConfiguration"]);
  });

  test("gets an id for each rule that has none, and keeps it", async () => {
    const without = `<Rule><Filter/><Status>Enabled</Status>${oneDay}</Rule>`;
    await call("PUT", document(without, without, rule(oneDay, { id: "" }), rule(oneDay)));

    const ids = (await call("GET")).all("ID");

    expect(ids.filter((id) => id !== "")).toHaveLength(4);
    expect(new Set(ids).size).toBe(4);
    expect((await call("GET")).all("ID")).toEqual(ids);
  });

  test("says what was said of the size that transitions are meant for", async () => {
    const header = "x-amz-transition-default-minimum-object-size";

    const put = await call("PUT", document(rule(oneDay)), { [header]: "varies_by_storage_class" });
    expect(put.headers[header]).toBe("varies_by_storage_class");
    expect((await call("GET")).headers[header]).toBe("varies_by_storage_class");
    await call("PUT", document(rule(oneDay)));
    expect((await call("GET")).headers[header]).toBe("all_storage_classes_128K");

    expect((await call("PUT", document(rule(oneDay)), { [header]: "1K" })).code).toBe("InvalidArgument");
  });

  test("may have 1,000 rules, and be longer than other documents", async () => {
    const rules = Array.from({ length: 1000 }, (_, at) => rule(oneDay, { id: `${at}-${"i".repeat(200)}` }));

    expect((await call("PUT", document(...rules))).status).toBe(200);
    expect((await call("GET")).all("ID")).toHaveLength(1000);
    expect((await call("PUT", document(...rules, rule(oneDay, { id: "1001" })))).code).toBe("MalformedXML");
  });

  test("is refused when it would be longer than that as it is kept", async () => {
    const long = { filter: `<Filter><Prefix>${">".repeat(1000)}</Prefix></Filter>` };
    const rules = document(...Array.from({ length: 400 }, (_, at) => rule(oneDay, { ...long, id: `${at}` })));

    const put = await call("PUT", rules);

    expect([put.status, put.code]).toEqual([400, "MaxMessageLengthExceeded"]);
    expect((await call("GET")).code).toBe("NoSuchLifecycleConfiguration");
  });

  const transition = "<Transition><Days>30</Days><StorageClass>GLACIER</StorageClass></Transition>";
  const noncurrentTransition =
    "<NoncurrentVersionTransition><NoncurrentDays>30</NoncurrentDays><StorageClass>GLACIER</StorageClass></NoncurrentVersionTransition>";
  const days = (count: string) => `<Expiration><Days>${count}</Days></Expiration>`;
  const lone = "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>";
  const tag = "<Tag><Key>k</Key><Value>v</Value></Tag>";
  test.each<[title: string, rules: readonly string[], code: string]>([
    ["no rule", [], "MalformedXML"],
    ["a status in small letters", [rule(oneDay, { status: "enabled" })], "MalformedXML"],
    ["a prefix beside a filter", [rule(oneDay, { filter: "<Filter/><Prefix>a</Prefix>" })], "MalformedXML"],
    ["neither prefix nor filter", [rule(oneDay, { filter: "" })], "MalformedXML"],
    ["a filter of two parts", [rule(oneDay, filter(`<Prefix>a</Prefix>${tag}`))], "MalformedXML"],
    ["an id of 256 characters", [rule(oneDay, { id: "i".repeat(256) })], "InvalidArgument"],
    ["the same id twice", [rule(oneDay), rule(oneDay)], "InvalidArgument"],
    ["no action", [rule("")], "InvalidRequest"],
    ["0 days", [rule(days("0"))], "InvalidArgument"],
    ["-1 days", [rule(days("-1"))], "InvalidArgument"],
    ["more days than 32 bits", [rule(days("2147483648"))], "InvalidArgument"],
    [
      "a date that is not midnight",
      [rule("<Expiration><Date>2030-01-01T01:00:00Z</Date></Expiration>")],
      "InvalidArgument",
    ],
    ["a date that is none", [rule("<Expiration><Date>20300101</Date></Expiration>")], "MalformedXML"],
    ["0 noncurrent days", [rule(noncurrent("<NoncurrentDays>0</NoncurrentDays>"))], "InvalidArgument"],
    [
      "0 versions to keep",
      [rule(noncurrent("<NewerNoncurrentVersions>0</NewerNoncurrentVersions>"))],
      "InvalidArgument",
    ],
    [
      "101 versions to keep",
      [rule(noncurrent("<NewerNoncurrentVersions>101</NewerNoncurrentVersions>"))],
      "InvalidArgument",
    ],
    ["0 days for uploads", [rule(abort(0))], "InvalidArgument"],
    ["uploads by tag", [rule(abort(1), filter(tag))], "InvalidRequest"],
    ["uploads by size", [rule(abort(1), filter("<ObjectSizeGreaterThan>1</ObjectSizeGreaterThan>"))], "InvalidRequest"],
    ["delete markers by tag", [rule(lone, filter(tag))], "InvalidRequest"],
    ["delete markers and days", [rule(lone.replace("</Exp", "<Days>1</Days></Exp"))], "MalformedXML"],
    ["a tag twice", [rule(oneDay, filter(`<And>${tag}${tag}</And>`))], "InvalidTag"],
    ["a negative size", [rule(oneDay, filter("<ObjectSizeGreaterThan>-1</ObjectSizeGreaterThan>"))], "InvalidArgument"],
    ["smaller than nothing", [rule(oneDay, filter("<ObjectSizeLessThan>0</ObjectSizeLessThan>"))], "InvalidArgument"],
    [
      "sizes that no object has",
      [
        rule(
          oneDay,
          filter(
            "<And><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan><ObjectSizeLessThan>6</ObjectSizeLessThan></And>",
          ),
        ),
      ],
      "InvalidRequest",
    ],
    ["a prefix that no key has", [rule(oneDay, filter(`<Prefix>${"ä".repeat(513)}</Prefix>`))], "InvalidRequest"],
    ["an element that S3 does not know", [rule(`${oneDay}<Expire/>`)], "MalformedXML"],
    ["a transition", [rule(transition)], "NotImplemented"],
    [
      "a transition of versions beside a good rule",
      [rule(oneDay, { id: "good" }), rule(noncurrentTransition)],
      "NotImplemented",
    ],
    [
      "a transition at another time than midnight",
      [rule(transition.replace("<Days>30</Days>", "<Date>2030-01-01T01:00:00Z</Date>"))],
      "InvalidArgument",
    ],
    ["a transition in the past", [rule(transition.replace("30", "-1"))], "InvalidArgument"],
    ["a transition of versions in the past", [rule(noncurrentTransition.replace("30", "-1"))], "InvalidArgument"],
    ["a bad rule after a transition", [rule(transition, { id: "t" }), rule(days("0"))], "InvalidArgument"],
  ])("refuses %s, and keeps what was there", async (_, rules, code) => {
    await call("PUT", document(rule(oneDay, { id: "kept" })));

    expect((await call("PUT", document(...rules))).code).toBe(code);
    expect((await call("GET")).all("ID")).toEqual(["kept"]);
  });

  test("is refused without a document", async () => {
    expect((await call("PUT", "")).code).toBe("MissingRequestBodyError");
  });
});

describe("answers tell when an object goes", () => {
  const object = (method: string, more: Partial<Parameters<S3Client["call"]>[0]> = {}) =>
    s3.call({ method, path: `/${bucket}/logs/a`, ...more });

  /** The midnight after the next one. */
  function expected(lastModified: string | undefined): string {
    const day = 24 * 60 * 60 * 1000;
    return new Date(Math.ceil((Date.parse(lastModified ?? "") + day) / day) * day).toUTCString();
  }

  test("after PUT, GET, HEAD, copy and the end of an upload, with the rule's id escaped", async () => {
    await call("PUT", document(rule(oneDay, { id: 'two words "ä', filter: "<Prefix>logs/</Prefix>" })));

    const put = await object("PUT", { body: "x" });
    const get = await object("GET");
    const head = await object("HEAD");
    const copy = await s3.call({
      method: "PUT",
      path: `/${bucket}/logs/b`,
      headers: { "x-amz-copy-source": `/${bucket}/logs/a` },
    });
    const uploadId = (await object("POST", { query: { uploads: "" } })).one("UploadId") ?? "";
    const part = await object("PUT", { query: { uploadId, partNumber: "1" }, body: "part" });
    const parts = `<Part><PartNumber>1</PartNumber><ETag>${part.headers.etag}</ETag></Part>`;
    const body = `<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`;
    const complete = await object("POST", { query: { uploadId }, body });

    const header = `expiry-date="${expected(get.headers["last-modified"])}", rule-id="two%20words%20%22%C3%A4"`;
    for (const answer of [put, get, head, copy, complete]) {
      expect([answer.status, answer.headers["x-amz-expiration"]]).toEqual([200, header]);
    }
    expect((await s3.call({ method: "PUT", path: `/${bucket}/other`, body: "x" })).headers).not.toHaveProperty(
      "x-amz-expiration",
    );
  });

  test("not for a version that is not current, nor after the rule is gone", async () => {
    await gateway.store.putBucketVersioning(bucket, "Enabled");
    await call("PUT", document(rule(oneDay)));
    const first = await object("PUT", { body: "1" });
    await object("PUT", { body: "2" });

    const older = await object("HEAD", { query: { versionId: first.headers["x-amz-version-id"] ?? "" } });
    const current = await object("HEAD");
    await call("PUT", document(rule(oneDay, { status: "Disabled" })));
    const later = await object("HEAD");

    expect(current.headers).toHaveProperty("x-amz-expiration");
    expect([older.status, later.status]).toEqual([200, 200]);
    expect(older.headers).not.toHaveProperty("x-amz-expiration");
    expect(later.headers).not.toHaveProperty("x-amz-expiration");
  });

  test("by its tags", async () => {
    await call("PUT", document(rule(oneDay, filter("<Tag><Key>k</Key><Value>v</Value></Tag>"))));
    await object("PUT", { body: "x" });
    expect((await object("HEAD")).headers).not.toHaveProperty("x-amz-expiration");

    await gateway.store.putObjectAttributes({ bucket, key: "logs/a" }, { tags: { k: "v" } });

    expect((await object("HEAD")).headers).toHaveProperty("x-amz-expiration");
  });

  test("and not beyond the years that a date can have", async () => {
    await call("PUT", document(rule("<Expiration><Days>2147483647</Days></Expiration>")));

    const put = await object("PUT", { body: "x" });

    expect([put.status, put.headers["x-amz-expiration"]]).toEqual([200, undefined]);
  });

  test("and when an upload is aborted", async () => {
    await call("PUT", document(rule(abort(1), { id: "a b", filter: "<Prefix>logs/</Prefix>" })));

    const created = await object("POST", { query: { uploads: "" } });
    const uploadId = created.one("UploadId") ?? "";
    const parts = await object("GET", { query: { uploadId } });
    const upload = await gateway.store.readUpload({ bucket, key: "logs/a", uploadId });

    for (const { headers } of [created, parts]) {
      expect(headers["x-amz-abort-date"]).toBe(expected(upload?.initiatedAt.toISOString()));
      expect(headers["x-amz-abort-rule-id"]).toBe("a%20b");
    }
    const other = await s3.call({ method: "POST", path: `/${bucket}/other`, query: { uploads: "" } });
    expect(other.headers).not.toHaveProperty("x-amz-abort-date");
  });
});
