import { beforeAll, describe, expect, test } from "vitest";
import { findBrowser, openInBrowser } from "./support/browser.ts";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { createS3Client, type S3Client } from "./support/s3-client.ts";

let gateway: MemoryGateway;
let s3: S3Client;

const policy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::site/*" }],
});
const website = `<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument><ErrorDocument><Key>oops.html</Key></ErrorDocument><RoutingRules><RoutingRule><Condition><KeyPrefixEquals>old/</KeyPrefixEquals></Condition><Redirect><ReplaceKeyPrefixWith>docs/</ReplaceKeyPrefixWith></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>`;

const put = (key: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
  s3.call({ method: "PUT", path: `/site/${key}`, body, headers: { "content-type": "text/html", ...headers } });
const host = () => `site.s3-website.localhost:${gateway.port}`;
const visit = (path: string, request: { method?: string; headers?: Record<string, string> } = {}) =>
  s3.call({ path, host: host(), account: null, ...request });

beforeAll(async () => {
  gateway = await startMemoryGateway();
  s3 = createS3Client(gateway);
  await s3.call({ method: "PUT", path: "/site" });
  await s3.call({ method: "PUT", path: "/site", query: { policy: "" }, body: policy });
  await s3.call({ method: "PUT", path: "/site", query: { website: "" }, body: website });
  await put("index.html", '<h1>Home</h1><script>document.title = "ran"</script><a href="docs">docs</a>');
  await put("docs/index.html", "<h1>Docs</h1>");
  await put("oops.html", "<h1>Nothing here</h1>");
  await put("moved.html", "", { "x-amz-website-redirect-location": "/docs/" });
  return () => gateway.close();
});

describe("a website whose bucket lets everybody read", () => {
  test.each([
    ["/", 200, "<h1>Home</h1>"],
    ["/docs/", 200, "<h1>Docs</h1>"],
    ["/docs/index.html", 200, "<h1>Docs</h1>"],
  ])("serves %s", async (path, status, text) => {
    const answer = await visit(path);

    expect([answer.status, answer.headers["content-type"]]).toEqual([status, "text/html"]);
    expect(answer.text).toContain(text);
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
  });

  test.each([
    ["/docs", 302, "/docs/"],
    ["/docs?a=1", 302, "/docs/?a=1"],
    ["/moved.html", 301, "/docs/"],
    ["/old/index.html", 301, "/docs/index.html"],
  ])("redirects %s", async (path, status, location) => {
    const answer = await visit(path);

    expect([answer.status, answer.headers.location]).toEqual([status, location]);
  });

  test("answers HEAD, ranges and conditions as S3 does", async () => {
    const whole = await visit("/docs/");
    const head = await visit("/docs/", { method: "HEAD" });
    const part = await visit("/docs/", { headers: { range: "bytes=4-7" } });
    const same = await visit("/docs/", { headers: { "if-none-match": whole.headers.etag ?? "" } });

    expect([head.status, head.text, head.headers["content-length"]]).toEqual([200, "", "13"]);
    expect([part.status, part.text]).toEqual([206, "Docs"]);
    expect([same.status, same.text]).toEqual([304, ""]);
  });

  test("shows the error document with the status of the error, to whoever may not list it is forbidden", async () => {
    const answer = await visit("/absent");

    expect([answer.status, answer.text]).toEqual([403, "<h1>Nothing here</h1>"]);
  });

  test("does not show what a Deny of the policy takes away", async () => {
    const closed = JSON.parse(policy);
    closed.Statement.push({ ...closed.Statement[0], Effect: "Deny", Resource: "arn:aws:s3:::site/docs/*" });
    await s3.call({ method: "PUT", path: "/site", query: { policy: "" }, body: JSON.stringify(closed) });

    expect((await visit("/docs/")).status).toBe(403);

    await s3.call({ method: "PUT", path: "/site", query: { policy: "" }, body: policy });
    expect((await visit("/docs/")).status).toBe(200);
  });
});

const browser = findBrowser();

// A browser starts in a second or two, and several times slower when the machine is busy.
describe.skipIf(browser.isMissing)("in a real browser", { timeout: 60_000 }, () => {
  test("a page is shown, and its scripts run", async () => {
    const page = await openInBrowser(`http://${host()}/`);

    expect(page).toContain("<h1>Home</h1>");
    expect(page).toContain("<title>ran</title>");
  });

  test("a folder, a redirect and an error end where they should", async () => {
    expect(await openInBrowser(`http://${host()}/docs`)).toContain("<h1>Docs</h1>");
    expect(await openInBrowser(`http://${host()}/moved.html`)).toContain("<h1>Docs</h1>");
    expect(await openInBrowser(`http://${host()}/old/index.html`)).toContain("<h1>Docs</h1>");
    expect(await openInBrowser(`http://${host()}/absent`)).toContain("<h1>Nothing here</h1>");
  });

  test("an error page runs no script that its address brings along", async () => {
    await s3.call({ method: "PUT", path: "/plain" });
    const index = "<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix></IndexDocument></WebsiteConfiguration>";
    await s3.call({ method: "PUT", path: "/plain", query: { website: "" }, body: index });

    const page = await openInBrowser(
      `http://plain.s3-website.localhost:${gateway.port}/%3Cimg%20src=x%20onerror=%22document.title='ran'%22%3E`,
    );

    expect(page).toContain("403 Forbidden");
    expect(page).not.toContain("<title>ran</title>");
  });
});
