import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findBrowser, openInBrowser } from "../support/browser.ts";
import { type MemoryGateway, startMemoryGateway } from "../support/memory-gateway.ts";
import { createS3Client, type S3Client } from "../support/s3-client.ts";

const browser = findBrowser();

// A browser starts in a second or two, and several times slower when the machine is busy.
describe.skipIf(browser.isMissing)("a page of another origin, in a real browser", { timeout: 60_000 }, () => {
  let gateway: MemoryGateway;
  let s3: S3Client;
  let site: Server;
  let page = "";
  let origin = "";

  beforeAll(async () => {
    gateway = await startMemoryGateway();
    s3 = createS3Client(gateway);
    site = createServer((_, response) => response.end(page)).listen(0, "127.0.0.1");
    await once(site, "listening");
    origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
    await s3.call({ method: "PUT", path: "/photos" });
    await s3.call({ method: "PUT", path: "/photos/k", body: "text of the object" });
  });
  afterAll(async () => {
    site.close();
    await gateway.close();
  });

  const allow = (allowed: string) =>
    s3.call({
      method: "PUT",
      path: "/photos",
      query: { cors: "" },
      body: `<CORSConfiguration><CORSRule><AllowedOrigin>${allowed}</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod><AllowedHeader>*</AllowedHeader><ExposeHeader>ETag</ExposeHeader></CORSRule></CORSConfiguration>`,
    });
  /** What the page writes about a request that its script makes. */
  const run = async (method: string, key: string, headers: Readonly<Record<string, string>> = {}) => {
    const { target } = await s3.presign({ method, path: `/photos/${key}`, headers });
    const url = `http://127.0.0.1:${gateway.port}${target}`;
    const options = { method, headers, ...(method === "PUT" && { body: "from the page" }) };
    page = `<!DOCTYPE html><body><output></output><script>
      fetch(${JSON.stringify(url)}, ${JSON.stringify(options)})
        .then(async (answer) => [answer.status, answer.headers.get("etag"), await answer.text()].join("|"))
        .catch((error) => "refused: " + error.name)
        .then((text) => { document.querySelector("output").textContent = text; });
    </script></body>`;
    return /<output>(.*?)<\/output>/s.exec(await openInBrowser(`${origin}/`))?.[1];
  };

  test("reads an object, an error, and writes after a preflight, where a rule allows it", async () => {
    await allow(origin);

    expect(await run("GET", "k")).toMatch(/^200\|"[0-9a-f]{32}"\|text of the object$/);
    expect(await run("GET", "absent")).toContain("NoSuchKey");
    expect(await run("PUT", "new", { "content-type": "text/x-page" })).toMatch(/^200\|"[0-9a-f]{32}"\|$/);
    expect((await s3.call({ path: "/photos/new" })).text).toBe("from the page");
    expect(gateway.records.some(({ operation }) => operation === "Preflight")).toBe(true);
  });

  test("reads and writes nothing where no rule names it", async () => {
    await allow("https://another.example");

    expect(await run("GET", "k")).toBe("refused: TypeError");
    expect(await run("PUT", "never", { "content-type": "text/x-page" })).toBe("refused: TypeError");
    expect((await s3.call({ path: "/photos/never" })).status).toBe(404);
  });
});
