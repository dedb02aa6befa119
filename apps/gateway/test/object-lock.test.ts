import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { crc32Base64 } from "./support/chunked-body.ts";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { createS3Client, md5, type S3Client } from "./support/s3-client.ts";

const dayMs = 24 * 60 * 60 * 1000;
const inDays = (days: number) => new Date(Date.now() + days * dayMs).toISOString();

let gateway: MemoryGateway;
let s3: S3Client;
let bucket = "";
let count = 0;
beforeAll(async () => {
  gateway = await startMemoryGateway();
  s3 = createS3Client(gateway);
});
afterAll(() => gateway.close());
beforeEach(async () => {
  count += 1;
  bucket = `/locked-${count}`;
  await s3.call({ method: "PUT", path: bucket, headers: { "x-amz-bucket-object-lock-enabled": "true" } });
});

type Headers = Readonly<Record<string, string>>;

const digest = (body: string): Headers => ({ "content-md5": Buffer.from(md5(body), "hex").toString("base64") });
const call = (method: string, key: string, query: Headers, body = "", headers: Headers = {}) =>
  s3.call({ method, path: `${bucket}${key}`, query, body, headers: { ...(body !== "" && digest(body)), ...headers } });
const put = async (headers: Headers = {}, body = "body") => {
  const answer = await call("PUT", "/k", {}, body, headers);
  expect([answer.status, answer.code]).toEqual([200, undefined]);
  return answer.headers["x-amz-version-id"] ?? "";
};
const remove = (versionId: string, headers: Headers = {}) => call("DELETE", "/k", { versionId }, "", headers);
const bypass = { "x-amz-bypass-governance-retention": "true" };

function lockDocument(rule = ""): string {
  return `<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>${rule}</ObjectLockConfiguration>`;
}
function ruleOf(retention: string): string {
  return `<Rule><DefaultRetention>${retention}</DefaultRetention></Rule>`;
}
const governance = (period: string) => lockDocument(ruleOf(`<Mode>GOVERNANCE</Mode>${period}`));
function retentionDocument(mode: string, until: string): string {
  return `<Retention><Mode>${mode}</Mode><RetainUntilDate>${until}</RetainUntilDate></Retention>`;
}
const setRetention = (mode: string, until: string, headers: Headers = {}) =>
  call("PUT", "/k", { retention: "" }, retentionDocument(mode, until), headers);
const setHold = (status: string) =>
  call("PUT", "/k", { "legal-hold": "" }, `<LegalHold><Status>${status}</Status></LegalHold>`);

describe("object lock of a bucket", () => {
  test("comes with versioning, for good", async () => {
    expect((await call("GET", "", { versioning: "" })).one("Status")).toBe("Enabled");
    const read = await call("GET", "", { "object-lock": "" });
    expect([read.status, read.one("ObjectLockEnabled"), read.one("Mode")]).toEqual([200, "Enabled", undefined]);

    const suspended = "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>";
    const refused = await call("PUT", "", { versioning: "" }, suspended);
    expect([refused.status, refused.code]).toEqual([409, "InvalidBucketState"]);
  });

  test.each([
    ["<Days>3</Days>", "Days", "3"],
    ["<Years>2</Years>", "Years", "2"],
  ])("keeps a default of %s", async (period, element, value) => {
    expect((await call("PUT", "", { "object-lock": "" }, governance(period))).status).toBe(200);

    const read = await call("GET", "", { "object-lock": "" });
    expect([read.one("Mode"), read.one(element)]).toEqual(["GOVERNANCE", value]);
    expect((await call("PUT", "", { "object-lock": "" }, lockDocument())).status).toBe(200);
    expect((await call("GET", "", { "object-lock": "" })).one("Mode")).toBeUndefined();
  });

  test("is turned on later where there are versions, and only there", async () => {
    bucket = `${bucket}-later`;
    await s3.call({ method: "PUT", path: bucket });
    expect((await call("GET", "", { "object-lock": "" })).code).toBe("ObjectLockConfigurationNotFoundError");
    const refused = await call("PUT", "", { "object-lock": "" }, lockDocument());
    expect([refused.status, refused.code]).toEqual([409, "InvalidBucketState"]);

    const enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    await call("PUT", "", { versioning: "" }, enabled);
    expect((await call("PUT", "", { "object-lock": "" }, governance("<Days>1</Days>"))).status).toBe(200);
    expect((await call("GET", "", { "object-lock": "" })).one("Days")).toBe("1");
    expect((await remove(await put())).code).toBe("AccessDenied");
  });

  test.each([
    [governance("<Days>0</Days>"), "InvalidArgument"],
    [governance("<Days>-1</Days>"), "InvalidArgument"],
    [governance("<Days>36501</Days>"), "InvalidArgument"],
    [governance("<Years>0</Years>"), "InvalidArgument"],
    [governance("<Years>101</Years>"), "InvalidArgument"],
    [governance("<Days>1</Days><Years>1</Years>"), "MalformedXML"],
    [governance(""), "MalformedXML"],
    [lockDocument(ruleOf("<Mode>governance</Mode><Days>1</Days>")), "MalformedXML"],
    [lockDocument(ruleOf("<Days>1</Days>")), "MalformedXML"],
    [lockDocument().replace("Enabled<", "Disabled<"), "MalformedXML"],
    ["<ObjectLockConfiguration/>", "MalformedXML"],
  ])("refuses %s", async (document, code) => {
    expect((await call("PUT", "", { "object-lock": "" }, document)).code).toBe(code);
    expect((await call("GET", "", { "object-lock": "" })).one("Mode")).toBeUndefined();
  });

  test("takes no document without a digest", async () => {
    await put();
    for (const [key, name, body] of [
      ["", "object-lock", lockDocument()],
      ["/k", "retention", retentionDocument("GOVERNANCE", inDays(1))],
      ["/k", "legal-hold", "<LegalHold><Status>ON</Status></LegalHold>"],
    ] as const) {
      const answer = await s3.call({ method: "PUT", path: `${bucket}${key}`, query: { [name]: "" }, body });
      expect([answer.status, answer.code]).toEqual([400, "InvalidRequest"]);
    }
  });
});

describe("the retention of a version", () => {
  test("comes with its upload, and is told by GET and HEAD", async () => {
    const until = inDays(2);
    const lock = { "x-amz-object-lock-mode": "COMPLIANCE", "x-amz-object-lock-retain-until-date": until };
    const versionId = await put({ ...lock, "x-amz-object-lock-legal-hold": "OFF" });

    for (const method of ["GET", "HEAD"]) {
      const { headers } = await call(method, "/k", {});
      expect(headers).toMatchObject({ ...lock, "x-amz-object-lock-legal-hold": "OFF" });
    }
    const read = await call("GET", "/k", { retention: "", versionId });
    expect([read.one("Mode"), read.one("RetainUntilDate")]).toEqual(["COMPLIANCE", until]);
    expect(read.headers["x-amz-version-id"]).toBe(versionId);
    for (const headers of [{}, bypass]) {
      const answer = await remove(versionId, headers);
      expect([answer.status, answer.code]).toEqual([403, "AccessDenied"]);
    }
    expect((await call("DELETE", "/k", {})).headers["x-amz-delete-marker"]).toBe("true");
    expect((await call("GET", "/k", { versionId })).text).toBe("body");
  });

  test.each([
    ["<Days>2</Days>", [2, 2]],
    ["<Years>1</Years>", [365, 366]],
  ])("is the default %s of its bucket where it has none", async (period, [least = 0, most = 0]) => {
    const start = Date.now();
    await call("PUT", "", { "object-lock": "" }, governance(period));
    const versionId = await put();
    const copied = await call("PUT", "/copy", {}, "", { "x-amz-copy-source": `${bucket}/k` });
    const uploadId = (await call("POST", "/parts", { uploads: "" })).one("UploadId") ?? "";
    await call("PUT", "/parts", { partNumber: "1", uploadId }, "x");
    const parts = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"${md5("x")}"</ETag></Part></CompleteMultipartUpload>`;
    const completed = await call("POST", "/parts", { uploadId }, parts);
    expect([copied.status, completed.status]).toEqual([200, 200]);

    for (const key of ["/k", "/copy", "/parts"]) {
      const { headers } = await call("HEAD", key, {});
      expect(headers["x-amz-object-lock-mode"]).toBe("GOVERNANCE");
      const until = Date.parse(headers["x-amz-object-lock-retain-until-date"] ?? "");
      expect(until).toBeGreaterThanOrEqual(start + least * dayMs);
      expect(until).toBeLessThanOrEqual(Date.now() + most * dayMs);
    }
    expect((await remove(versionId)).code).toBe("AccessDenied");
    expect((await remove(versionId, bypass)).status).toBe(204);
  });

  test("of its own comes before the default", async () => {
    await call("PUT", "", { "object-lock": "" }, governance("<Days>2</Days>"));
    const until = inDays(9);
    await put({ "x-amz-object-lock-mode": "COMPLIANCE", "x-amz-object-lock-retain-until-date": until });

    const { headers } = await call("HEAD", "/k", {});
    expect([headers["x-amz-object-lock-mode"], headers["x-amz-object-lock-retain-until-date"]]).toEqual([
      "COMPLIANCE",
      until,
    ]);
  });

  test("is not copied with a version", async () => {
    const until = inDays(2);
    await put({ "x-amz-object-lock-mode": "COMPLIANCE", "x-amz-object-lock-retain-until-date": until });

    await call("PUT", "/copy", {}, "", { "x-amz-copy-source": `${bucket}/k` });

    expect((await call("HEAD", "/copy", {})).headers).not.toHaveProperty("x-amz-object-lock-mode");
  });

  test("is made longer by anybody, and shorter only with a bypass of governance", async () => {
    const versionId = await put();
    expect((await call("GET", "/k", { retention: "" })).code).toBe("NoSuchObjectLockConfiguration");
    expect((await setRetention("GOVERNANCE", inDays(2))).status).toBe(200);
    expect((await setRetention("GOVERNANCE", inDays(3))).status).toBe(200);
    expect((await setRetention("GOVERNANCE", inDays(1))).code).toBe("AccessDenied");
    expect((await call("PUT", "/k", { retention: "" }, "<Retention/>")).code).toBe("AccessDenied");

    expect((await setRetention("GOVERNANCE", inDays(1), bypass)).status).toBe(200);
    expect((await call("PUT", "/k", { retention: "" }, "<Retention/>", bypass)).status).toBe(200);
    expect((await call("GET", "/k", { retention: "" })).status).toBe(404);

    await setRetention("GOVERNANCE", inDays(1));
    expect((await setRetention("COMPLIANCE", inDays(2))).code).toBe("AccessDenied");
    expect((await setRetention("COMPLIANCE", inDays(2), bypass)).status).toBe(200);
    expect((await setRetention("COMPLIANCE", inDays(1), bypass)).code).toBe("AccessDenied");
    expect((await setRetention("GOVERNANCE", inDays(3), bypass)).code).toBe("AccessDenied");
    expect((await call("PUT", "/k", { retention: "" }, "<Retention/>", bypass)).code).toBe("AccessDenied");
    expect((await remove(versionId, bypass)).code).toBe("AccessDenied");
  });

  test.each([
    ["an unknown mode", retentionDocument("governance", inDays(1)), "MalformedXML"],
    ["a date that is over", retentionDocument("GOVERNANCE", inDays(-1)), "InvalidArgument"],
    ["no date", "<Retention><Mode>GOVERNANCE</Mode></Retention>", "MalformedXML"],
    ["a date that is none", retentionDocument("GOVERNANCE", "tomorrow"), "MalformedXML"],
  ])("is refused with %s", async (_, document, code) => {
    await put();

    expect((await call("PUT", "/k", { retention: "" }, document)).code).toBe(code);
    expect((await call("GET", "/k", { retention: "" })).code).toBe("NoSuchObjectLockConfiguration");
  });
});

describe("a legal hold", () => {
  test("keeps a version until it is taken away, whatever its retention", async () => {
    const versionId = await put();
    expect((await call("GET", "/k", { "legal-hold": "" })).code).toBe("NoSuchObjectLockConfiguration");

    expect((await setHold("ON")).status).toBe(200);
    expect((await call("GET", "/k", { "legal-hold": "" })).one("Status")).toBe("ON");
    expect((await call("HEAD", "/k", {})).headers["x-amz-object-lock-legal-hold"]).toBe("ON");
    expect((await remove(versionId, bypass)).code).toBe("AccessDenied");

    expect((await setHold("OFF")).status).toBe(200);
    expect((await call("GET", "/k", { "legal-hold": "" })).one("Status")).toBe("OFF");
    expect((await remove(versionId)).status).toBe(204);
  });

  test("is ON or OFF", async () => {
    await put();

    for (const status of ["on", "", "MAYBE"]) expect((await setHold(status)).code).toBe("MalformedXML");
  });
});

describe("what is locked", () => {
  test("is an error of its key when many are deleted", async () => {
    const held = await put({ "x-amz-object-lock-legal-hold": "ON" });
    const free = await put();
    const retained = await put({
      "x-amz-object-lock-mode": "GOVERNANCE",
      "x-amz-object-lock-retain-until-date": inDays(1),
    });
    const all = [held, free, retained].map((id) => `<Object><Key>k</Key><VersionId>${id}</VersionId></Object>`);
    const body = `<Delete>${all.join("")}</Delete>`;

    const answer = await call("POST", "", { delete: "" }, body);
    expect([answer.status, answer.all("Code")]).toEqual([200, ["AccessDenied", "AccessDenied"]]);
    expect((await call("GET", "/k", { versionId: free })).code).toBe("NoSuchVersion");

    const bypassed = await call("POST", "", { delete: "" }, body, bypass);
    expect(bypassed.all("Code")).toEqual(["AccessDenied"]);
    expect((await call("GET", "/k", { versionId: retained })).code).toBe("NoSuchVersion");
    expect((await call("GET", "/k", { versionId: held })).status).toBe(200);
  });

  test.each([
    [{ "x-amz-object-lock-mode": "GOVERNANCE" }, "InvalidArgument"],
    [{ "x-amz-object-lock-retain-until-date": inDays(1) }, "InvalidArgument"],
    [{ "x-amz-object-lock-mode": "governance", "x-amz-object-lock-retain-until-date": inDays(1) }, "InvalidArgument"],
    [{ "x-amz-object-lock-mode": "GOVERNANCE", "x-amz-object-lock-retain-until-date": inDays(-1) }, "InvalidArgument"],
    [{ "x-amz-object-lock-mode": "GOVERNANCE", "x-amz-object-lock-retain-until-date": "2999" }, "InvalidArgument"],
    [{ "x-amz-object-lock-mode": "GOVERNANCE", "x-amz-object-lock-retain-until-date": "soon" }, "InvalidArgument"],
    [{ "x-amz-object-lock-legal-hold": "on" }, "InvalidArgument"],
  ] as const)("cannot be uploaded with %j", async (headers, code) => {
    for (const query of [{}, { uploads: "" }] as const) {
      const method = "uploads" in query ? "POST" : "PUT";
      expect((await call(method, "/k", query, "body", headers)).code).toBe(code);
    }
    expect((await call("GET", "/k", {})).code).toBe("NoSuchKey");
  });

  test("is not uploaded without a digest of it", async () => {
    const hold = { "x-amz-object-lock-legal-hold": "ON" };
    const send = (headers: Headers, query: Headers = {}) =>
      s3.call({ method: "PUT", path: `${bucket}/k`, query, body: "body", headers });
    expect((await send({})).status).toBe(200);
    expect((await send(hold)).code).toBe("InvalidRequest");
    expect((await send({ ...hold, "x-amz-checksum-crc32": crc32Base64("body") })).status).toBe(200);

    await call("PUT", "", { "object-lock": "" }, governance("<Days>1</Days>"));
    expect((await send({})).code).toBe("InvalidRequest");
    const uploadId = (await call("POST", "/k", { uploads: "" })).one("UploadId") ?? "";
    expect((await send({}, { partNumber: "1", uploadId })).code).toBe("InvalidRequest");
    expect((await send(digest("body"), { partNumber: "1", uploadId })).status).toBe(200);
  });

  test("is not in a bucket without object lock", async () => {
    bucket = `${bucket}-plain`;
    await s3.call({ method: "PUT", path: bucket });
    await put();
    const hold = "<LegalHold><Status>ON</Status></LegalHold>";

    const answers = [
      await call("PUT", "/k", {}, "body", { "x-amz-object-lock-legal-hold": "ON" }),
      await call("GET", "/k", { retention: "" }),
      await call("PUT", "/k", { retention: "" }, retentionDocument("GOVERNANCE", inDays(1))),
      await call("GET", "/k", { "legal-hold": "" }),
      await call("PUT", "/k", { "legal-hold": "" }, hold),
    ];
    expect(answers.map(({ status, code }) => [status, code])).toEqual(Array(5).fill([400, "InvalidRequest"]));
  });

  test("is neither a delete marker nor what is not there", async () => {
    await put();
    const marker = (await call("DELETE", "/k", {})).headers["x-amz-version-id"] ?? "";
    const ask = async (key: string, query: Headers) => [
      (await call("GET", key, { retention: "", ...query })).code,
      (await call("PUT", key, { "legal-hold": "", ...query }, "<LegalHold><Status>ON</Status></LegalHold>")).code,
    ];

    expect(await ask("/k", { versionId: marker })).toEqual(["MethodNotAllowed", "MethodNotAllowed"]);
    expect(await ask("/k", {})).toEqual(["MethodNotAllowed", "MethodNotAllowed"]);
    expect(await ask("/never", {})).toEqual(["NoSuchKey", "NoSuchKey"]);
    expect(await ask("/k", { versionId: "A".repeat(32) })).toEqual(["NoSuchVersion", "NoSuchVersion"]);
  });
});
