import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { problemCodes, routes } from "@stave/api-contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findClient } from "../../gateway/test/support/find-client.ts";
import { type Browser, startBrowser } from "../../gateway/test/support/start-browser.ts";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { startApi, type TestApi } from "./support/start-api.ts";
import { waitFor } from "./support/wait-for.ts";

const chromium = findClient({ command: "chromium", probe: ["--version"], install: "chromium" });

let gateway: TestGateway;
let api: TestApi;
beforeAll(async () => {
  gateway = await startGateway({ workers: 1 });
  api = await startApi(gateway);
}, 30_000);
afterAll(async () => {
  await api?.stop();
  await gateway?.stop();
});

describe("the pages of documentation", () => {
  test.each(["/api/docs", "/api/docs/problems", "/api/docs/start.js"])(
    "%s is for everybody, and allows no script of others and none in the page",
    async (path) => {
      const { status, headers, body } = await api.call(path, { token: null });

      expect(status).toBe(200);
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy).toMatch(/default-src 'none'; script-src 'self'; style-src 'self';/);
      expect(policy).toMatch(/frame-ancestors 'none'/);
      expect(policy).not.toMatch(/unsafe|\*|http/);
      expect(body).not.toMatch(/<script>|<style|\son\w+=|(?:src|href)="(?!\/api\/docs|https:\/\/www\.rfc-editor)/);
    },
  );

  test("are what they are, and nothing else of the package is served", async () => {
    const typeOf = async (path: string) => (await api.call(`/api/docs${path}`)).headers.get("content-type");
    expect(await typeOf("/swagger-ui-bundle.js")).toMatch(/^text\/javascript/);
    expect(await typeOf("/swagger-ui.css")).toMatch(/^text\/css/);
    for (const path of ["/package.json", "/../openapi.json/x", "/%2e%2e/package.json", "/index.html"]) {
      expect((await api.call(`/api/docs${path}`)).status).toBe(404);
    }
    const moved = await api.call("/api/docs/");
    expect([moved.status, moved.headers.get("location")]).toEqual([308, "/api/docs"]);
    const posted = await api.call("/api/docs", { method: "POST" });
    expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
  });

  test("have what the type of every problem points at", async () => {
    const { body } = await api.call("/api/nothing");
    const [path, anchor] = body.type.split("#");
    const page = (await api.call(path)).body;
    expect(page).toContain(`id="${anchor}"`);
    for (const code of problemCodes) expect(page).toContain(`<code>${code}</code>`);
  });
});

describe.skipIf(chromium.isMissing)("Swagger UI in Chromium", { timeout: 90_000 }, () => {
  let home: string;
  let browser: Browser;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "stave-browser-"));
    browser = await startBrowser(chromium.command, { home });
  }, 60_000);
  afterAll(async () => {
    await browser?.stop();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  test("shows every operation, takes a token, and sends it; nothing is forbidden, nothing comes from elsewhere", async () => {
    const page = await browser.openWatchedPage(`${api.endpoint}/api/docs`);
    const count = (selector: string) => page.evaluate(`document.querySelectorAll(${JSON.stringify(selector)}).length`);
    const click = (selector: string) => page.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`);
    const until = (selector: string) => waitFor(async () => ((await count(selector)) as number) > 0);

    await waitFor(
      async () => (await count(".opblock-tag")) === new Set(Object.values(routes).map(({ tag }) => tag)).size,
    );
    await click(".btn.authorize");
    await until(".auth-container input[type=text]");
    await page.evaluate(`{
      const input = document.querySelector(".auth-container input[type=text]");
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, ${JSON.stringify(api.token)});
      input.dispatchEvent(new Event("input", { bubbles: true }));
    }`);
    await click(".auth-btn-wrapper .authorize");
    await until(".auth-btn-wrapper button:not(.authorize):not(.btn-done)");
    await click(".btn-done");

    await click("#operations-tag-People");
    await until("#operations-People-getSession .opblock-summary-control");
    await click("#operations-People-getSession .opblock-summary-control");
    await until("#operations-People-getSession .try-out__btn");
    await click("#operations-People-getSession .try-out__btn");
    await until("#operations-People-getSession .execute");
    await click("#operations-People-getSession .execute");
    await until("#operations-People-getSession .live-responses-table .response");
    const answer = await page.evaluate(
      `document.querySelector("#operations-People-getSession .live-responses-table .response").innerText`,
    );
    expect(answer).toContain("users:write");

    const { STAVE_TEST_SCREENSHOT: file } = process.env;
    if (file !== undefined) await writeFile(file, await page.screenshot());

    const closed = '.opblock-tag[data-is-open="false"]';
    const shown = new Set<string>();
    // Only what can be seen is in the page: a person scrolls, too.
    await waitFor(async () => {
      await page.evaluate(`document.querySelector(${JSON.stringify(closed)})?.click()`);
      const ids = await page.evaluate('Array.from(document.querySelectorAll(".opblock"), ({ id }) => id).join(" ")');
      for (const id of String(ids).split(" ")) shown.add(id.split("-").at(-1) ?? "");
      await page.evaluate(`{
        const isAtEnd = scrollY + innerHeight >= document.body.scrollHeight - 1;
        scrollTo(0, isAtEnd ? 0 : scrollY + innerHeight / 2);
      }`);
      return Object.keys(routes).every((id) => shown.has(id));
    });

    expect(page.troubles()).toEqual([]);
    const elsewhere = page
      .requests()
      .filter((url) => !url.startsWith(`${api.endpoint}/api/`) && !url.startsWith("data:"));
    expect(elsewhere).toEqual([]);
  });
});
