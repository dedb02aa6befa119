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
  bucket = `site-${buckets}`;
  await s3.call({ method: "PUT", path: `/${bucket}` });
});

const put = (members: string) =>
  s3.call({
    method: "PUT",
    path: `/${bucket}`,
    query: { website: "" },
    body: members === "" ? "" : `<WebsiteConfiguration>${members}</WebsiteConfiguration>`,
  });
const get = () => s3.call({ path: `/${bucket}`, query: { website: "" } });
const visit = (path: string, request: { method?: string; host?: string; headers?: Record<string, string> } = {}) =>
  s3.call({ path, host: `${bucket}.s3-website.localhost:${gateway.port}`, account: null, ...request });

const index = "<IndexDocument><Suffix>index.html</Suffix></IndexDocument>";
const redirectAll = (members: string) => `<RedirectAllRequestsTo>${members}</RedirectAllRequestsTo>`;
const rule = (members: string) => `${index}<RoutingRules><RoutingRule>${members}</RoutingRule></RoutingRules>`;

describe("the website configuration of a bucket", () => {
  test("is read as it was put, until it is deleted", async () => {
    const members = `${rule("<Condition><KeyPrefixEquals>a/</KeyPrefixEquals></Condition><Redirect><ReplaceKeyWith>b</ReplaceKeyWith></Redirect>")}<ErrorDocument><Key>oops.html</Key></ErrorDocument>`;

    expect((await put(members)).status).toBe(200);

    const read = await get();
    expect([read.status, read.one("Suffix"), read.one("Key")]).toEqual([200, "index.html", "oops.html"]);
    expect([read.one("KeyPrefixEquals"), read.one("ReplaceKeyWith")]).toEqual(["a/", "b"]);

    expect((await s3.call({ method: "DELETE", path: `/${bucket}`, query: { website: "" } })).status).toBe(204);
    expect((await get()).code).toBe("NoSuchWebsiteConfiguration");
  });

  const redirect = "<Redirect><HostName>h</HostName></Redirect>";
  test.each([
    ["no document", "", "MissingRequestBodyError"],
    ["neither an index document nor a redirect", "<ErrorDocument><Key>e</Key></ErrorDocument>", "InvalidArgument"],
    ["both of them", `${index}${redirectAll("<HostName>b.example</HostName>")}`, "InvalidRequest"],
    [
      "an index document with a slash",
      "<IndexDocument><Suffix>a/index.html</Suffix></IndexDocument>",
      "InvalidArgument",
    ],
    ["an index document without a name", "<IndexDocument><Suffix/></IndexDocument>", "MalformedXML"],
    [
      "an error document that no key can name",
      `${index}<ErrorDocument><Key>${"k".repeat(1025)}</Key></ErrorDocument>`,
      "InvalidArgument",
    ],
    ["another protocol", redirectAll("<HostName>h</HostName><Protocol>ftp</Protocol>"), "InvalidRequest"],
    ["a host that breaks a header", redirectAll("<HostName>h&#13;&#10;x: y</HostName>"), "InvalidRequest"],
    ["an empty condition", rule(`<Condition/>${redirect}`), "InvalidRequest"],
    ["an empty redirect", rule("<Redirect/>"), "InvalidRequest"],
    [
      "a condition on success",
      rule(`<Condition><HttpErrorCodeReturnedEquals>200</HttpErrorCodeReturnedEquals></Condition>${redirect}`),
      "InvalidRequest",
    ],
    ["a redirect with 300", rule("<Redirect><HttpRedirectCode>300</HttpRedirectCode></Redirect>"), "InvalidRequest"],
    ["a redirect with 200", rule("<Redirect><HttpRedirectCode>200</HttpRedirectCode></Redirect>"), "InvalidRequest"],
    [
      "two replacements",
      rule("<Redirect><ReplaceKeyWith>a</ReplaceKeyWith><ReplaceKeyPrefixWith>b</ReplaceKeyPrefixWith></Redirect>"),
      "InvalidRequest",
    ],
    [
      "51 rules",
      `${index}<RoutingRules>${`<RoutingRule>${redirect}</RoutingRule>`.repeat(51)}</RoutingRules>`,
      "InvalidRequest",
    ],
  ])("is refused with %s, and the one before stays", async (_, members, code) => {
    await put(`${index}<ErrorDocument><Key>kept</Key></ErrorDocument>`);

    expect((await put(members)).code).toBe(code);
    expect((await get()).one("Key")).toBe("kept");
  });
});

describe("the redirect of an object", () => {
  const header = "x-amz-website-redirect-location";
  const head = (key: string) => s3.call({ method: "HEAD", path: `/${bucket}/${key}` });

  test("is kept with it, and left behind by a copy", async () => {
    await s3.call({ method: "PUT", path: `/${bucket}/a`, body: "a", headers: { [header]: "/b", "x-amz-meta-a": "1" } });
    const copy = { "x-amz-copy-source": `/${bucket}/a` };
    await s3.call({ method: "PUT", path: `/${bucket}/copy`, headers: copy });
    await s3.call({ method: "PUT", path: `/${bucket}/other`, headers: { ...copy, [header]: "https://c.example/" } });

    expect((await head("a")).headers[header]).toBe("/b");
    expect((await head("copy")).headers).not.toHaveProperty(header);
    expect((await head("copy")).headers["x-amz-meta-a"]).toBe("1");
    expect((await head("other")).headers).toMatchObject({ [header]: "https://c.example/", "x-amz-meta-a": "1" });
  });

  test("is a reason to copy an object onto itself", async () => {
    await s3.call({ method: "PUT", path: `/${bucket}/a`, body: "a" });
    const copy = { "x-amz-copy-source": `/${bucket}/a` };

    expect((await s3.call({ method: "PUT", path: `/${bucket}/a`, headers: copy })).code).toBe("InvalidRequest");
    expect((await s3.call({ method: "PUT", path: `/${bucket}/a`, headers: { ...copy, [header]: "/b" } })).status).toBe(
      200,
    );
    expect((await head("a")).headers[header]).toBe("/b");
  });

  test("comes with a multipart upload", async () => {
    const started = await s3.call({
      method: "POST",
      path: `/${bucket}/m`,
      query: { uploads: "" },
      headers: { [header]: "/b" },
    });
    const uploadId = started.one("UploadId") ?? "";
    const part = await s3.call({
      method: "PUT",
      path: `/${bucket}/m`,
      query: { partNumber: "1", uploadId },
      body: "part",
    });
    const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.etag}</ETag></Part></CompleteMultipartUpload>`;
    await s3.call({ method: "POST", path: `/${bucket}/m`, query: { uploadId }, body });

    expect((await head("m")).headers[header]).toBe("/b");
  });

  test.each([["b"], ["javascript:alert(1)"], ["ftp://a.example"], [`/${"b".repeat(2048)}`]])(
    "is not %s",
    async (location) => {
      const answer = await s3.call({ method: "PUT", path: `/${bucket}/a`, body: "a", headers: { [header]: location } });

      expect([answer.status, answer.code]).toEqual([400, "InvalidRedirectLocation"]);
    },
  );
});

describe("a website", () => {
  test("redirects from its host, and from no other", async () => {
    await put(redirectAll("<HostName>b.example</HostName>"));

    const site = await visit("/a/b?c=d");
    const api = await s3.call({ path: "/a/b", host: `${bucket}.localhost`, account: null });

    expect([site.status, site.headers.location, site.text]).toEqual([301, "//b.example/a/b?c=d", ""]);
    expect(api.status).toBe(403);
    expect(gateway.records.map(({ operation }) => operation)).toContain("Website");
  });

  test("shows nobody what the S3 API would not show them", async () => {
    await put(index);
    await s3.call({ method: "PUT", path: `/${bucket}/index.html`, body: "secret" });

    const answer = await visit("/");

    expect([answer.status, answer.headers["x-amz-error-code"]]).toEqual([403, "AccessDenied"]);
    expect(answer.text).not.toContain("secret");
  });

  test("takes no notice of a signature", async () => {
    await put(index);
    await s3.call({ method: "PUT", path: `/${bucket}/index.html`, body: "secret" });

    const answer = await s3.call({ path: "/", host: `${bucket}.s3-website.localhost` });

    expect(answer.status).toBe(403);
  });

  test("explains errors in a page that no request can put scripts into", async () => {
    const answer = await visit("/%3Cscript%3Ealert(1)%3C%2Fscript%3E", { host: "absent.s3-website.localhost" });
    await put(index);
    const odd = await visit("/%3Cb%3E%22'&", { method: "POST" });

    expect([answer.status, answer.headers["content-type"]]).toEqual([404, "text/html; charset=utf-8"]);
    expect(answer.headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'",
      "x-amz-error-code": "NoSuchBucket",
      "x-amz-request-id": expect.any(String),
    });
    expect(answer.text).toContain("<h1>404 Not Found</h1>");
    expect(answer.text).toContain("<li>BucketName: absent</li>");
    expect([odd.status, odd.headers.allow]).toEqual([405, "GET, HEAD, OPTIONS"]);
    for (const { text } of [answer, odd]) expect(text).not.toMatch(/<script|<b>/i);
  });

  test.each([
    ["of a bucket without one", "/", 404, "NoSuchWebsiteConfiguration"],
    ["with an address that cannot be read", "/%zz", 400, "InvalidURI"],
    ["with a key that is too long", `/${"k".repeat(1025)}`, 400, "KeyTooLongError"],
  ])("%s is an error page", async (_, path, status, code) => {
    const answer = await visit(path);

    expect([answer.status, answer.headers["x-amz-error-code"]]).toEqual([status, code]);
  });

  test("takes a key that leaves no room for the name of its index document", async () => {
    await put(index);

    expect((await visit(`/${"k".repeat(1023)}/`)).headers["x-amz-error-code"]).toBe("KeyTooLongError");
    expect((await visit(`/${"k".repeat(1024)}`)).headers["x-amz-error-code"]).toBe("AccessDenied");
  });

  test("answers HEAD without a page", async () => {
    const answer = await visit("/", { method: "HEAD" });

    expect([answer.status, answer.text, answer.headers["x-amz-error-code"]]).toEqual([
      404,
      "",
      "NoSuchWebsiteConfiguration",
    ]);
  });

  test("of a host name that was listed is that of the bucket of this name", async () => {
    await s3.call({ method: "PUT", path: "/www.example.com" });
    const configuration = `<WebsiteConfiguration>${redirectAll("<HostName>b.example</HostName>")}</WebsiteConfiguration>`;
    await s3.call({ method: "PUT", path: "/www.example.com", query: { website: "" }, body: configuration });

    expect((await visit("/", { host: "WWW.example.com" })).status).toBe(301);
  });

  test("never takes the place of the API on a host that was not listed", async () => {
    await s3.call({ method: "PUT", path: "/s3.example.org" });
    const configuration = `<WebsiteConfiguration>${redirectAll("<HostName>b.example</HostName>")}</WebsiteConfiguration>`;
    await s3.call({ method: "PUT", path: "/s3.example.org", query: { website: "" }, body: configuration });

    expect((await s3.call({ path: "/", host: "s3.example.org" })).one("DisplayName")).toBe("ann");
  });

  test("lets pages of other origins read what its CORS rules allow, errors included", async () => {
    const rules =
      "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>";
    await s3.call({ method: "PUT", path: `/${bucket}`, query: { cors: "" }, body: rules });

    const answer = await visit("/", { headers: { origin: "https://a.example" } });

    expect([answer.status, answer.headers["access-control-allow-origin"]]).toEqual([404, "*"]);
  });
});
