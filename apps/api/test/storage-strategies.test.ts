import { S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ann, startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { startApi, type TestApi } from "./support/start-api.ts";

let gateway: TestGateway;
let api: TestApi;
let s3: S3Client;
beforeAll(async () => {
  gateway = await startGateway({ workers: 1 });
  api = await startApi(gateway, { args: ["--public-url", gateway.endpoint.replace("127.0.0.1", "localhost")] });
  s3 = new S3Client({ endpoint: gateway.endpoint, region: "us-east-1", credentials: ann, forcePathStyle: true });
  await api.call("/api/storage/buckets", { method: "POST", json: { name: "inbox" } });
  await api.call("/api/storage/config", { method: "PUT", json: { maxFileSizeMb: 10 * 1024 } });
}, 60_000);
afterAll(async () => {
  s3?.destroy();
  await api?.stop();
  await gateway?.stop();
});

const inbox = "/api/storage/buckets/inbox";
const ask = (json: object) => api.call(`${inbox}/upload-strategy`, { method: "POST", json });
const confirm = (url: string, json: object) => api.call(url, { method: "POST", json });

/** As a browser sends it. */
function form(fields: Readonly<Record<string, string>>, bytes: string): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  data.append("file", new Blob([bytes]), "name.txt");
  return data;
}

describe("an upload strategy", () => {
  test("is a form for the public endpoint, with the announced type and no more than the announced size", async () => {
    const { status, headers, body } = await ask({ filename: "photo.png", contentType: "image/png", size: 5 });

    expect([status, headers.get("cache-control")]).toEqual([201, "no-store"]);
    const { kind, uploadUrl, fields, key, confirmUrl } = body.data;
    expect([kind, uploadUrl]).toEqual(["post", `http://localhost:${gateway.port}/inbox`]);
    expect(JSON.stringify(body)).not.toContain("secret");
    const tooMuch = await fetch(uploadUrl, { method: "POST", body: form(fields, "123456") });
    expect(tooMuch.status).toBe(400);
    const otherType = form({ ...fields, "Content-Type": "text/html" }, "12345");
    expect((await fetch(uploadUrl, { method: "POST", body: otherType })).status).toBe(403);
    expect((await confirm(confirmUrl, {})).body.code).toBe("NOT_FOUND");

    expect((await fetch(uploadUrl, { method: "POST", body: form(fields, "12345") })).status).toBe(204);
    const confirmed = await confirm(confirmUrl, { size: 5, contentType: "image/png" });
    expect([confirmed.status, confirmed.body.data.key, confirmed.body.data.sizeBytes]).toEqual([200, key, 5]);
    const wrong = await confirm(confirmUrl, { size: 6 });
    expect([wrong.status, wrong.body.code, wrong.body.errors[0].pointer]).toEqual([409, "CONFLICT", "/size"]);
  });

  test("is a URL for the bytes, whose length and type are signed", async () => {
    const { body } = await ask({ key: "a/b c+d.txt", kind: "put", contentType: "text/plain", size: 3 });
    const { uploadUrl, headers } = body.data;
    const send = (bytes: string, type = headers["content-type"]) =>
      fetch(uploadUrl, { method: "PUT", body: bytes, headers: { "content-type": type } });

    expect((await send("four")).status).toBe(403);
    expect((await send("abc", "text/html")).status).toBe(403);
    expect((await send("abc")).status).toBe(200);
    expect((await confirm(body.data.confirmUrl, { size: 3 })).status).toBe(200);
    expect((await api.call(`${inbox}/objects/a/b%20c+d.txt`)).body).toBe("abc");
  });

  test("is addresses of parts, which the confirmation puts together", async () => {
    const size = 17 * 1024 * 1024;
    const { body } = await ask({ key: "large", kind: "multipart", size });
    const { parts, partSizeBytes, uploadId, confirmUrl } = body.data;
    expect(parts.length).toBe(2);
    const bytes = Buffer.alloc(size, "z");
    const done = [];
    for (const { partNumber, url } of parts) {
      const part = bytes.subarray((partNumber - 1) * partSizeBytes, partNumber * partSizeBytes);
      const answer = await fetch(url, { method: "PUT", body: part });
      done.push({ partNumber, etag: answer.headers.get("etag") });
    }
    const { status, body: confirmed } = await confirm(confirmUrl, { size, multipart: { uploadId, parts: done } });
    expect([status, confirmed.data.sizeBytes]).toEqual([200, size]);

    const other = await ask({ key: "given-up", kind: "multipart", size });
    expect((await fetch(other.body.data.abortUrl, { method: "DELETE" })).status).toBe(204);
    const late = await confirm(other.body.data.confirmUrl, {
      multipart: { uploadId: other.body.data.uploadId, parts: done },
    });
    expect([late.status, late.body.code]).toEqual([404, "NOT_FOUND"]);
  });

  test.each([
    ["a file name and a key", { filename: "a", key: "b" }, 400],
    ["neither", {}, 400],
    ["parts without a size", { key: "a", kind: "multipart" }, 400],
    ["more than S3 takes at once", { key: "a", kind: "put", size: 6 * 1024 ** 3 }, 422],
    ["more than is allowed", { key: "a", kind: "multipart", size: 11 * 1024 ** 3 }, 413],
    ["more than a week", { key: "a", expiresIn: 604_801 }, 400],
    ["a type with a line end", { key: "a", contentType: "a\nb" }, 400],
  ])("with %s is refused", async (_, json, status) => {
    expect((await ask(json)).status).toBe(status);
  });
});

describe("a download strategy", () => {
  test("is a URL that ends, for the public endpoint; what could run is saved", async () => {
    await api.call(`${inbox}/objects/page.html`, {
      method: "PUT",
      body: "<p>",
      headers: { "content-type": "text/html" },
    });
    const { headers, body } = await api.call(`${inbox}/download-strategy/objects/page.html?expiresIn=60`);

    expect([body.data.method, headers.get("cache-control")]).toEqual(["presigned", "no-store"]);
    expect(body.data.url).toMatch(/^http:\/\/localhost:\d+\/inbox\/page\.html\?.*X-Amz-Expires=60/);
    const answer = await fetch(body.data.url);
    expect([answer.status, await answer.text()]).toEqual([200, "<p>"]);
    expect(answer.headers.get("content-disposition")).toMatch(/^attachment/);
    expect(Date.parse(body.data.expiresAt) - Date.now()).toBeLessThanOrEqual(60_000);
    for (const expiresIn of [0, 604_801, "x"]) {
      const refused = await api.call(`${inbox}/download-strategy/objects/page.html?expiresIn=${expiresIn}`);
      expect(refused.status).toBe(400);
    }
    expect((await api.call(`${inbox}/download-strategy/objects/absent`)).body.code).toBe("NOT_FOUND");
  });

  test("is the plain URL when everybody may read it", async () => {
    const json = { name: "open-house", visibility: "public-read" };
    await api.call("/api/storage/buckets", { method: "POST", json });
    await api.call("/api/storage/buckets/open-house/objects/a%20b", { method: "PUT", body: "hi" });
    const { body } = await api.call("/api/storage/buckets/open-house/download-strategy/objects/a%20b");
    expect(body.data).toEqual({
      method: "public",
      url: `http://localhost:${gateway.port}/open-house/a%20b`,
      expiresAt: null,
    });
    expect(await (await fetch(body.data.url)).text()).toBe("hi");
  });
});

test("what the service refuses, or does not answer, is a problem without its secrets", async () => {
  const quiet = await startGateway({ workers: 1 });
  const lost = await startApi(quiet);
  await quiet.stop();
  // The data directory is gone with the gateway; the api has its database open.
  const { status, headers, body } = await lost.call("/api/storage/buckets");
  await lost.stop();

  expect([status, body.code, headers.get("retry-after")]).toEqual([503, "UNAVAILABLE", "5"]);
  expect(JSON.stringify(body)).not.toMatch(/AKIA|ECONNREFUSED|127\.0\.0\.1/);
});
