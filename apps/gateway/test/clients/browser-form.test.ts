import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "minio";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { findClient } from "../support/find-client.ts";
import { logTroubles } from "../support/log-troubles.ts";
import { createS3Client, md5, objectPath, type S3Client } from "../support/s3-client.ts";
import { sampleBytes } from "../support/sample-files.ts";
import { type Browser, type BrowserPage, startBrowser } from "../support/start-browser.ts";
import { ann, startGateway, type TestGateway } from "../support/start-gateway.ts";

const chromium = findClient({ command: "chromium", probe: ["--version"], install: "chromium" });

const maxBytes = 5_000_000;

// The site has an origin of its own, as the sites of users have. Who signs the form is another implementation: minio-js.
describe.skipIf(chromium.isMissing)("an HTML form in Chromium", { timeout: 60_000 }, () => {
  let gateway: TestGateway;
  let s3: S3Client;
  let home: string;
  let browser: Browser;
  let site: Server;
  let origin: string;
  let form = "";
  /** Addresses that the browser was sent to after an upload. */
  let arrivals: string[] = [];

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "stave-browser-"));
    gateway = await startGateway();
    s3 = createS3Client(gateway);
    await s3.call({ method: "PUT", path: "/uploads" });
    site = createServer((request, response) => {
      const isForm = request.url === "/form";
      if (request.url?.startsWith("/done")) arrivals.push(request.url);
      response.setHeader("content-type", "text/html; charset=utf-8").end(isForm ? form : "<p>done</p>");
    });
    site.listen(0, "127.0.0.1");
    await once(site, "listening");
    origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
    browser = await startBrowser(chromium.command, { home });
  }, 60_000);
  afterAll(async () => {
    await browser?.stop();
    site?.closeAllConnections();
    site?.close();
    await gateway?.stop();
    await rm(home, { recursive: true, force: true });
    expect(logTroubles(gateway?.log() ?? "")).toEqual([]);
  });

  /** Opens a form whose signed policy allows any file of at most 5 MB below `in/`, with these fields changed afterwards. */
  async function openForm(changes: Readonly<Record<string, string>> = {}): Promise<BrowserPage> {
    const { accessKeyId: accessKey, secretAccessKey: secretKey } = ann;
    const client = new Client({ endPoint: "127.0.0.1", port: gateway.port, useSSL: false, accessKey, secretKey });
    const redirect = `${origin}/done?from=form`;
    const policy = client.newPostPolicy();
    policy.setBucket("uploads");
    policy.setKeyStartsWith("in/");
    policy.setContentLengthRange(1, maxBytes);
    policy.setExpires(new Date(Date.now() + 60_000));
    policy.policy.conditions.push(["eq", "$success_action_redirect", redirect], ["starts-with", "$Content-Type", ""]);
    const { postURL, formData } = await client.presignedPostPolicy(policy);
    const fields = {
      ...formData,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: S3 puts the name of the file there.
      key: "in/${filename}",
      "Content-Type": "application/x-sample",
      success_action_redirect: redirect,
      ...changes,
    };
    const hidden = Object.entries(fields).map(
      ([name, value]) => `<input type="hidden" name="${name}" value="${value}">`,
    );
    form = `<!doctype html><form action="${postURL}" method="post" enctype="multipart/form-data">${hidden.join("")}
      <input type="file" name="file"><button>Send</button></form>`;
    arrivals = [];
    return browser.openPage(`${origin}/form`);
  }

  test("uploads a file and returns to the site", async () => {
    const content = sampleBytes({ seed: "browser", sizeBytes: 3_000_000 });
    const file = join(home, "a b+c Grüße 東京.bin");
    await writeFile(file, content);
    const page = await openForm();

    await send(page, file);
    await vi.waitFor(() => expect(arrivals).toHaveLength(1), 20_000);
    const stored = await s3.call({ path: objectPath("uploads", "in/a b+c Grüße 東京.bin") });

    const arrival = new URL(arrivals[0] ?? "", origin).searchParams;
    expect(Object.fromEntries(arrival)).toEqual({
      from: "form",
      bucket: "uploads",
      key: "in/a b+c Grüße 東京.bin",
      etag: `"${md5(content)}"`,
    });
    expect(stored.headers["content-type"]).toBe("application/x-sample");
    expect(stored.body.equals(content)).toBe(true);
  });

  test.each([
    { title: "a file larger than the policy allows", size: maxBytes + 1, changes: {}, code: "EntityTooLarge" },
    { title: "a key that the policy does not allow", size: 10, changes: { key: "out/file" }, code: "AccessDenied" },
    { title: "a field that the policy does not name", size: 10, changes: { acl: "private" }, code: "AccessDenied" },
    {
      title: "another policy than was signed",
      size: 10,
      changes: { policy: Buffer.from('{"conditions":[]}').toString("base64") },
      code: "SignatureDoesNotMatch",
    },
  ])("shows the refusal of $title, and nothing is stored", async ({ size, changes, code }) => {
    const file = join(home, "refused.bin");
    await writeFile(file, sampleBytes({ seed: code, sizeBytes: size }));
    const page = await openForm(changes);

    await send(page, file);
    await vi.waitFor(async () => {
      expect(await page.evaluate("document.documentElement.textContent")).toContain(code);
    }, 20_000);
    const listed = await s3.call({ path: "/uploads", query: { "list-type": "2" } });

    expect(arrivals).toEqual([]);
    expect(listed.all("Key").filter((key) => !key.startsWith("in/a b+c"))).toEqual([]);
  });
});

/** Chooses the file and presses the button, when the page is there. */
async function send(page: BrowserPage, file: string): Promise<void> {
  await vi.waitFor(
    async () => expect(await page.evaluate("document.querySelector('button') !== null")).toBe(true),
    20_000,
  );
  await page.chooseFile("input[type=file]", file);
  await page.evaluate("document.querySelector('button').click()");
}
