import { parseWebsiteConfiguration } from "@stave/s3-xml";
import { describe, expect, test } from "vitest";
import { S3Error } from "../errors/s3-error.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import type { S3Response } from "../http/s3-response.ts";
import { serveWebsite } from "./serve-website.ts";

type Visit = {
  readonly key: string;
  readonly method?: string;
  readonly rawQuery?: string;
  readonly headers?: RequestHeaders;
  /** Members of the configuration. */
  readonly website?: string;
  /** Texts of the objects that anybody may read, or a header of one. */
  readonly objects?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  /** What is answered for all others. */
  readonly refusal?: "NoSuchKey" | "AccessDenied" | "InternalError";
};

const index = "<IndexDocument><Suffix>index.html</Suffix></IndexDocument>";

async function visit(options: Visit) {
  const {
    key,
    method = "GET",
    rawQuery = "",
    headers = {},
    website = index,
    objects = {},
    refusal = "NoSuchKey",
  } = options;
  const reads: string[] = [];
  const refusals: string[] = [];
  const answer = await serveWebsite(
    { bucket: "site", host: "site.example:8080", method, key, rawQuery, headers },
    {
      configuration: async () =>
        parseWebsiteConfiguration(Buffer.from(`<WebsiteConfiguration>${website}</WebsiteConfiguration>`)),
      async read(readMethod, readKey, readHeaders): Promise<S3Response> {
        reads.push(`${readMethod} ${readKey} ${Object.keys(readHeaders)}`.trim());
        const object = objects[readKey];
        if (object === undefined) throw new S3Error(refusal, `No ${readKey}`, { elements: { Key: readKey } });
        const own = typeof object === "string" ? {} : object;
        return {
          status: 200,
          headers: { etag: `"${readKey}"`, ...own },
          xml: typeof object === "string" ? object : "",
        };
      },
      onRefusal: ({ code }) => refusals.push(code),
    },
  );
  const { status, headers: { location } = {}, xml } = answer;
  return { status, location, text: xml, reads, refusals, headers: answer.headers };
}

describe("a page", () => {
  const objects = { "index.html": "root", "docs/index.html": "docs", "docs/a b": "page" };

  test.each([
    ["", "root"],
    ["docs/", "docs"],
    ["docs/a b", "page"],
    ["index.html", "root"],
  ])("%j is %s", async (key, text) => {
    expect(await visit({ key, objects })).toMatchObject({ status: 200, text });
  });

  test("is asked for with what its visitor says of the page and of itself, and with nothing else", async () => {
    const headers = {
      range: "bytes=0-1",
      "if-none-match": '"x"',
      "x-amz-acl": "private",
      authorization: "AWS4",
      referer: "r",
    };

    expect((await visit({ key: "docs/a b", objects, headers })).reads).toEqual([
      "GET docs/a b referer,range,if-none-match",
    ]);
  });

  test("is asked for without its bytes by HEAD", async () => {
    expect((await visit({ key: "", method: "HEAD", objects })).reads).toEqual(["HEAD index.html"]);
  });

  test("sends on to where its object says", async () => {
    const moved = { "old.html": { "x-amz-website-redirect-location": "https://b.example/new" } };

    expect(await visit({ key: "old.html", objects: moved })).toMatchObject({
      status: 301,
      location: "https://b.example/new",
    });
  });

  test.each([["PUT"], ["POST"], ["DELETE"]])("cannot be changed with %s", async (method) => {
    await expect(visit({ key: "", method, objects })).rejects.toMatchObject({ code: "MethodNotAllowed" });
  });
});

describe("a folder without its slash", () => {
  test.each(["NoSuchKey", "AccessDenied"] as const)("leads to its index document, after %s", async (refusal) => {
    const answer = await visit({ key: "a b", rawQuery: "q=1", refusal, objects: { "a b/index.html": "" } });

    expect(answer).toMatchObject({ status: 302, location: "/a%20b/?q=1" });
  });

  test("that has no index document is missing", async () => {
    await expect(visit({ key: "a" })).rejects.toMatchObject({ code: "NoSuchKey" });
  });

  test("never leads to another host", async () => {
    const objects = { "/evil.example/index.html": "", "\\evil.example/index.html": "" };

    expect((await visit({ key: "/evil.example", objects })).location).toBe("/%2Fevil.example/");
    expect((await visit({ key: "\\evil.example", objects })).location).toBe("/%5Cevil.example/");
  });
});

describe("the error document", () => {
  const website = `${index}<ErrorDocument><Key>oops.html</Key></ErrorDocument>`;

  test("is shown with the status of what was refused, and without validators of its own", async () => {
    const answer = await visit({
      key: "absent",
      website,
      objects: { "oops.html": "sorry" },
      headers: { range: "bytes=0-1" },
    });

    expect(answer).toMatchObject({ status: 404, text: "sorry", refusals: ["NoSuchKey"] });
    expect(answer.headers).toEqual({});
    expect(answer.reads.at(-1)).toBe("GET oops.html");
  });

  test("that cannot be read is mentioned", async () => {
    await expect(visit({ key: "absent", website, refusal: "AccessDenied" })).rejects.toMatchObject({
      code: "AccessDenied",
      elements: { Key: "absent", ErrorDocument: "oops.html could not be read: AccessDenied" },
    });
  });

  test("is not for failures of the server", async () => {
    await expect(
      visit({ key: "absent", website, refusal: "InternalError", objects: { "oops.html": "sorry" } }),
    ).rejects.toMatchObject({ code: "InternalError" });
  });
});

describe("a redirect of all requests", () => {
  test.each([
    ["<HostName>b.example</HostName>", "a b/", "", "//b.example/a%20b/"],
    ["<HostName>b.example</HostName><Protocol>https</Protocol>", "", "x=1&y", "https://b.example/?x=1&y"],
    ["<HostName>b.example/sub</HostName><Protocol>http</Protocol>", "k", "", "http://b.example/sub/k"],
  ])("%s of %j?%s leads to %s", async (members, key, rawQuery, location) => {
    const website = `<RedirectAllRequestsTo>${members}</RedirectAllRequestsTo>`;

    expect(await visit({ key, rawQuery, website })).toMatchObject({ status: 301, location, reads: [] });
  });
});

describe("routing rules", () => {
  const rules = (...all: readonly string[]) =>
    `${index}<RoutingRules>${all.map((rule) => `<RoutingRule>${rule}</RoutingRule>`).join("")}</RoutingRules>`;
  const prefix = (text: string) => `<Condition><KeyPrefixEquals>${text}</KeyPrefixEquals></Condition>`;
  const status = (code: string) =>
    `<Condition><HttpErrorCodeReturnedEquals>${code}</HttpErrorCodeReturnedEquals></Condition>`;

  test.each([
    [prefix("docs/"), "<ReplaceKeyPrefixWith>documents/</ReplaceKeyPrefixWith>", "docs/a b", "/documents/a%20b"],
    [prefix("docs/"), "<ReplaceKeyPrefixWith/>", "docs/a", "/a"],
    [prefix("docs/"), "<ReplaceKeyPrefixWith/>", "docs//evil.example", "/%2Fevil.example"],
    [prefix("docs/"), "<ReplaceKeyWith>gone.html</ReplaceKeyWith>", "docs/a", "/gone.html"],
    [prefix("docs/"), "<HostName>b.example</HostName>", "docs/a", "//b.example/docs/a"],
    [prefix("docs/"), "<Protocol>https</Protocol>", "docs/a", "https://site.example/docs/a"],
    ["", "<ReplaceKeyPrefixWith>#!/</ReplaceKeyPrefixWith>", "a#b?c", "/#!/a%23b%3Fc"],
  ])("%s%s sends %j to %s, before the object is looked for", async (condition, redirect, key, location) => {
    const website = rules(`${condition}<Redirect>${redirect}</Redirect>`);

    expect(await visit({ key, website, objects: { [key]: "" } })).toMatchObject({ status: 301, location, reads: [] });
  });

  test("of an error hold for that error, and say how to redirect", async () => {
    const website = rules(
      `${status("403")}<Redirect><ReplaceKeyWith>403.html</ReplaceKeyWith></Redirect>`,
      `${status("404")}<Redirect><HttpRedirectCode>307</HttpRedirectCode><ReplaceKeyWith>404.html</ReplaceKeyWith></Redirect>`,
    );

    expect(await visit({ key: "absent", website })).toMatchObject({
      status: 307,
      location: "/404.html",
      refusals: ["NoSuchKey"],
    });
    expect(await visit({ key: "there", website, objects: { there: "text" } })).toMatchObject({
      status: 200,
      text: "text",
    });
  });

  test("of an error below a prefix need both", async () => {
    const both =
      "<Condition><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals><KeyPrefixEquals>a/</KeyPrefixEquals></Condition>";
    const website = rules(`${both}<Redirect><HostName>b.example</HostName></Redirect>`);

    expect(await visit({ key: "a/absent", website })).toMatchObject({ location: "//b.example/a/absent" });
    await expect(visit({ key: "absent", website })).rejects.toMatchObject({ code: "NoSuchKey" });
  });

  test("keep the query of the visitor, with what no header can carry escaped", async () => {
    const website = rules(`${prefix("a")}<Redirect><HostName>b.example</HostName></Redirect>`);

    expect((await visit({ key: "a", website, rawQuery: "q=\u00e4&b=%20" })).location).toBe("//b.example/a?q=%e4&b=%20");
  });
});
