import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { createS3Client, type S3Answer, type S3Client } from "./support/s3-client.ts";

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
  bucket = `cors-${buckets}`;
  await s3.call({ method: "PUT", path: `/${bucket}` });
});

const put = (body: string) => s3.call({ method: "PUT", path: `/${bucket}`, query: { cors: "" }, body });
const preflight = (headers: Readonly<Record<string, string>>, request: { path?: string; host?: string } = {}) =>
  s3.call({ method: "OPTIONS", path: `/${bucket}/any/key`, account: null, headers, ...request });

describe("the CORS configuration of a bucket", () => {
  test("is read as it was put, until it is deleted", async () => {
    const members = "<AllowedHeader>x-*</AllowedHeader><ExposeHeader>ETag</ExposeHeader><ID>one</ID>";

    expect((await put(cors(rule({ origins: ["https://*.a.example"], methods: ["GET", "PUT"], members })))).status).toBe(
      200,
    );

    const read = await s3.call({ path: `/${bucket}`, query: { cors: "" } });
    expect([read.status, read.all("AllowedOrigin"), read.all("AllowedMethod")]).toEqual([
      200,
      ["https://*.a.example"],
      ["GET", "PUT"],
    ]);
    expect([read.one("AllowedHeader"), read.one("ExposeHeader"), read.one("ID")]).toEqual(["x-*", "ETag", "one"]);

    expect((await s3.call({ method: "DELETE", path: `/${bucket}`, query: { cors: "" } })).status).toBe(204);
    expect((await s3.call({ path: `/${bucket}`, query: { cors: "" } })).code).toBe("NoSuchCORSConfiguration");
  });

  test.each([
    ["no document", "", "MissingRequestBodyError"],
    ["no rule", cors(), "MalformedXML"],
    ["101 rules", cors(...Array.from({ length: 101 }, () => rule({}))), "InvalidRequest"],
    ["an unknown method", cors(rule({ methods: ["PATCH"] })), "InvalidRequest"],
    ["two wildcards in an origin", cors(rule({ origins: ["*.a.*"] })), "InvalidRequest"],
    ["an empty origin", cors(rule({ origins: [""] })), "InvalidRequest"],
    ["two wildcards in a header", cors(rule({ members: "<AllowedHeader>*-*</AllowedHeader>" })), "InvalidRequest"],
    ["a wildcard to expose", cors(rule({ members: "<ExposeHeader>*</ExposeHeader>" })), "InvalidRequest"],
    ["a line break to expose", cors(rule({ members: "<ExposeHeader>a&#10;b: c</ExposeHeader>" })), "InvalidRequest"],
    ["a negative age", cors(rule({ members: "<MaxAgeSeconds>-1</MaxAgeSeconds>" })), "InvalidRequest"],
    ["a long id", cors(rule({ members: `<ID>${"i".repeat(256)}</ID>` })), "InvalidArgument"],
    ["an id twice", cors(rule({ members: "<ID>a</ID>" }), rule({ members: "<ID>a</ID>" })), "InvalidRequest"],
  ])("is refused with %s, and the one before stays", async (_, body, code) => {
    await put(cors(rule({ origins: ["https://kept.example"] })));

    expect((await put(body)).code).toBe(code);
    expect((await s3.call({ path: `/${bucket}`, query: { cors: "" } })).all("AllowedOrigin")).toEqual([
      "https://kept.example",
    ]);
  });

  test("is not for others to change", async () => {
    const answer = await s3.call({
      method: "PUT",
      path: `/${bucket}`,
      query: { cors: "" },
      body: cors(rule({})),
      account: null,
    });

    expect([answer.status, answer.code]).toEqual([403, "AccessDenied"]);
  });
});

describe("a preflight", () => {
  const members =
    "<AllowedHeader>x-amz-*</AllowedHeader><ExposeHeader>ETag</ExposeHeader><ExposeHeader>x-amz-version-id</ExposeHeader><MaxAgeSeconds>600</MaxAgeSeconds>";
  const configuration = cors(rule({ origins: ["https://a.example"], methods: ["PUT", "GET"], members }));
  const question = { origin: "https://a.example", "access-control-request-method": "PUT" };

  test("that a rule allows is answered with all the rule allows, and nobody signs it", async () => {
    await put(configuration);

    const answer = await preflight({ ...question, "access-control-request-headers": "X-Amz-Date, x-amz-meta-a" });

    expect([answer.status, answer.text]).toEqual([200, ""]);
    expect(answer.headers).toMatchObject({
      "access-control-allow-origin": "https://a.example",
      "access-control-allow-methods": "PUT, GET",
      "access-control-allow-headers": "X-Amz-Date, x-amz-meta-a",
      "access-control-expose-headers": "ETag, x-amz-version-id",
      "access-control-max-age": "600",
      "access-control-allow-credentials": "true",
      vary: "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
    });
    expect(gateway.records.at(-1)?.operation).toBe("Preflight");
  });

  test.each([
    ["of a bucket", () => ({ path: `/${bucket}` })],
    ["at the mount", () => ({ path: `/storage/v1/s3/${bucket}/k` })],
    ["of a virtual host", () => ({ path: "/k", host: `${bucket}.localhost` })],
    ["of a website", () => ({ path: "/k", host: `${bucket}.s3-website.localhost` })],
    [
      "with the parameters of a presigned URL",
      () => ({ path: `/${bucket}/k?X-Amz-Signature=s&uploadId=u&partNumber=1` }),
    ],
  ])("%s is answered, too", async (_, address) => {
    await put(configuration);

    expect((await preflight(question, address())).headers["access-control-allow-origin"]).toBe("https://a.example");
  });

  test.each([
    ["another origin", { ...question, origin: "https://b.example" }],
    ["another method", { ...question, "access-control-request-method": "DELETE" }],
    ["another header", { ...question, "access-control-request-headers": "x-amz-date, authorization" }],
    ["1,000 headers", { ...question, "access-control-request-headers": "x-amz-a,".repeat(1000) }],
  ])("is refused for %s", async (_, headers) => {
    await put(configuration);

    const answer = await preflight(headers);

    expect([answer.status, answer.code, answer.one("ResourceType")]).toEqual([403, "AccessForbidden", "OBJECT"]);
    expect(answer.one("Message")).toMatch(/^CORSResponse: This CORS request is not allowed\./);
    expect(corsHeadersOf(answer)).toEqual([]);
  });

  test("of a bucket without a configuration is refused", async () => {
    const answer = await preflight(question);

    expect([answer.status, answer.code, answer.one("Message"), answer.one("ResourceType")]).toEqual([
      403,
      "AccessForbidden",
      "CORSResponse: CORS is not enabled for this bucket.",
      "BUCKET",
    ]);
  });

  test.each([["/absent-bucket/k"], ["/"]])("of %s is refused", async (path) => {
    expect((await preflight(question, { path })).one("Message")).toBe("CORSResponse: Bucket not found");
  });

  test.each([
    [
      "an origin",
      { "access-control-request-method": "GET" },
      "Insufficient information. Origin request header needed.",
    ],
    ["a method", { origin: "https://a.example" }, "Invalid Access-Control-Request-Method: null"],
    [
      "a method that S3 has",
      { ...question, "access-control-request-method": "PATCH" },
      "Invalid Access-Control-Request-Method: PATCH",
    ],
  ])("without %s is a bad request", async (_, headers, message) => {
    await put(configuration);

    const answer = await preflight(headers as Record<string, string>);

    expect([answer.status, answer.code, answer.one("Message")]).toEqual([400, "BadRequest", message]);
  });

  test("sees a change of the rules at once", async () => {
    await put(configuration);
    await preflight(question);

    await put(cors(rule({ origins: ["https://b.example"], methods: ["PUT"] })));

    expect((await preflight(question)).status).toBe(403);
  });
});

describe("a request of another origin", () => {
  const headers = { origin: "https://a.example" };

  beforeEach(async () => {
    await put(cors(rule({ origins: ["https://a.example"], members: "<ExposeHeader>ETag</ExposeHeader>" })));
    await s3.call({ method: "PUT", path: `/${bucket}/k`, body: "text" });
  });

  test("that a rule allows can be read by its page", async () => {
    const answer = await s3.call({ path: `/${bucket}/k`, headers });

    expect([answer.status, answer.text]).toEqual([200, "text"]);
    expect(answer.headers).toMatchObject({
      "access-control-allow-origin": "https://a.example",
      "access-control-allow-methods": "GET",
      "access-control-expose-headers": "ETag",
      vary: "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
    });
  });

  test.each([
    ["an object that is missing", 404, { path: "/absent" }],
    ["a request that nobody signed", 403, { path: "/k", account: null }],
    ["a condition that does not hold", 412, { path: "/k", headers: { ...headers, "if-match": '"other"' } }],
    ["an object that has not changed", 304, { path: "/k", headers: { ...headers, "if-none-match": "*" } }],
    ["what is not implemented", 501, { path: "/k", query: { torrent: "" } }],
  ])("can be read when it is refused: %s", async (_, status, request) => {
    const answer = await s3.call({ headers, ...request, path: `/${bucket}${request.path}` });

    expect([answer.status, answer.headers["access-control-allow-origin"]]).toEqual([status, "https://a.example"]);
  });

  test.each([
    ["of an origin without a rule", { headers: { origin: "https://evil.example" } }],
    ["with a method without a rule", { method: "PUT", headers }],
    ["without an origin", {}],
  ])("is served and not allowed to be read: %s", async (_, request) => {
    const answer = await s3.call({ ...request, path: `/${bucket}/k` });

    expect([answer.status, corsHeadersOf(answer)]).toEqual([200, []]);
  });
});

function corsHeadersOf({ headers }: S3Answer): readonly string[] {
  return Object.keys(headers).filter((name) => name.startsWith("access-control-"));
}

function cors(...rules: readonly string[]): string {
  return `<CORSConfiguration>${rules.join("")}</CORSConfiguration>`;
}

function rule({
  origins = ["*"],
  methods = ["GET"],
  members = "",
}: {
  readonly origins?: readonly string[];
  readonly methods?: readonly string[];
  readonly members?: string;
}): string {
  const texts = [
    ...origins.map((origin) => `<AllowedOrigin>${origin}</AllowedOrigin>`),
    ...methods.map((method) => `<AllowedMethod>${method}</AllowedMethod>`),
  ];
  return `<CORSRule>${texts.join("")}${members}</CORSRule>`;
}
