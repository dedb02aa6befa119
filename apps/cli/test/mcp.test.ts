import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { routes } from "@stave/api-contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApi, type TestApi } from "../../api/test/support/start-api.ts";
import { createS3Client } from "../../gateway/test/support/s3-client.ts";
import { bob, startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { tools } from "../src/mcp/tools/index.ts";
import { startMcp, type TestMcp } from "./support/start-mcp.ts";

let gateway: TestGateway;
let api: TestApi;
let scratch: string;
let reading: TestMcp;
let writing: TestMcp;
let all: TestMcp;
/** Of the server, of a service, of a key, of the installation: none of them may ever be seen. */
const secrets: string[] = [];

const post = async (path: string, json: unknown) => {
  const { status, body } = await api.call(path, { method: "POST", json });
  if (status >= 300) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
  return body;
};
const put = async (path: string, body: string | Uint8Array, type = "text/plain") => {
  const { status } = await api.call(path, { method: "PUT", body, headers: { "content-type": type } });
  if (status >= 300) throw new Error(`${path}: ${status}`);
};
const start = (...args: string[]) =>
  startMcp({
    args,
    cwd: scratch,
    env: { STAVE_CONFIG_DIR: join(scratch, "home"), STAVE_URL: api.endpoint, STAVE_TOKEN: api.token },
  });

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "stave-mcp-"));
  gateway = await startGateway();
  api = await startApi(gateway);
  const { id } = await post("/api/external-services", { name: "my-storage", service_type: "s3" });
  const { body: secret } = await api.call(`/api/external-services/${id}/parameters/secret_key`);
  await post("/api/projects", { name: "my-app" });
  await post("/api/storage/buckets", { name: "photos" });
  await put("/api/storage/buckets/photos/objects/cats/a.txt", "a cat");
  const issued = await post("/api/storage/s3/access-keys", { description: "for a person" });
  const key = await readFile(join(gateway.dataDirectory, "encryption_key"));
  secrets.push(api.token, secret.value, issued.data.secretAccessKey, key.toString("base64"), key.toString().trim());
  reading = await start();
  writing = await start("--allow-writes");
  all = await start("--allow-writes", "--allow-destructive");
}, 60_000);

afterAll(async () => {
  const said = [reading, writing, all].map((mcp) => mcp?.said() ?? "").join("");
  for (const mcp of [reading, writing, all]) await mcp?.close();
  await api?.stop();
  await gateway?.stop();
  await rm(scratch, { recursive: true, force: true });
  // Whatever was asked for above, also what was refused.
  expect(said.length).toBeGreaterThan(10_000);
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(20);
    expect(said).not.toContain(secret);
  }
});

const namesOf = async ({ client }: TestMcp) => (await client.listTools()).tools.map(({ name }) => name);
const readTools = tools.filter(({ tier }) => tier === "read").map(({ name }) => name);
const writeTools = tools.filter(({ tier }) => tier === "write").map(({ name }) => name);

describe("tools are offered as far as they are allowed", () => {
  test("reading only, unless somebody says otherwise", async () => {
    expect(await namesOf(reading)).toEqual(readTools);
    expect(await namesOf(writing)).toEqual([...readTools, ...writeTools]);
    expect(await namesOf(all)).toEqual(tools.map(({ name }) => name));
  });

  test("each says what it takes, and whether it changes anything", async () => {
    for (const tool of (await all.client.listTools()).tools) {
      expect(tool.inputSchema).toMatchObject({ type: "object", additionalProperties: false });
      expect(tool.description).toMatch(/\.$/);
      expect(tool.annotations?.readOnlyHint).toBe(readTools.includes(tool.name));
    }
  });

  test("what is not offered is refused when it is called, and nothing is done", async () => {
    const bucket = await reading.call("create_bucket", { bucket: "not-made" });
    const gone = await writing.call("delete_object", { bucket: "photos", key: "cats/a.txt", dry_run: false });

    expect(bucket).toMatchObject({ isError: true, value: { error: { code: "TOOL_NOT_ALLOWED" } } });
    expect(gone).toMatchObject({ isError: true, value: { error: { code: "TOOL_NOT_ALLOWED" } } });
    expect(gone.value.error.next[0]).toContain("--allow-destructive");
    expect((await api.call("/api/storage/buckets/not-made")).status).toBe(404);
    expect((await reading.call("head_object", { bucket: "photos", key: "cats/a.txt" })).isError).toBe(false);
  });

  test("each names the operations that it uses as the API does", () => {
    const used = tools.flatMap(({ operations }) => operations);

    expect(used.filter((id) => !Object.hasOwn(routes, id))).toEqual([]);
  });
});

describe("reading", () => {
  test("status says which server, who, and what is switched off", async () => {
    const { value } = await reading.call("status");

    expect(value).toMatchObject({
      url: api.endpoint,
      server: { name: "stave" },
      session: { permissions: expect.arrayContaining(["services:read"]) },
      mayWrite: false,
      mayDestroy: false,
    });
  });

  test("services are listed in pages and shown with masked secrets", async () => {
    const first = await reading.call("list_services", { limit: 1 });
    const second = await reading.call("list_services", { cursor: first.value.nextCursor });
    const shown = await reading.call("get_service", { service: "my-storage" });

    expect(first.value.services).toHaveLength(1);
    expect(second.value.services).toContainEqual(expect.objectContaining({ slug: "my-storage", status: "running" }));
    expect(shown.value).toMatchObject({
      service: { name: "my-storage" },
      parameters: { secret_key: "***" },
      health: { status: expect.any(String) },
      links: [],
    });
    expect((await reading.call("list_services", { cursor: "../1" })).value.error.code).toBe("USAGE");
    expect((await reading.call("get_service", { service: 4000 })).value.error.code).toBe("NOT_FOUND");
  });

  test("buckets and objects are listed in pages", async () => {
    await put("/api/storage/buckets/photos/objects/dogs/b.txt", "a dog");
    const buckets = await reading.call("list_buckets");
    const first = await reading.call("list_objects", { bucket: "photos", limit: 1 });
    const second = await reading.call("list_objects", { bucket: "photos", limit: 1, cursor: first.value.nextCursor });
    const folders = await reading.call("list_objects", { bucket: "photos", delimiter: "/" });

    expect(buckets.value.buckets).toContainEqual(expect.objectContaining({ name: "photos", visibility: "private" }));
    expect(first.value.objects).toEqual([expect.objectContaining({ key: "cats/a.txt", sizeBytes: 5 })]);
    expect(second.value.objects).toEqual([expect.objectContaining({ key: "dogs/b.txt" })]);
    expect(folders.value.prefixes).toEqual(["cats/", "dogs/"]);
  });

  test("an object is described, and read when it is text", async () => {
    const head = await reading.call("head_object", { bucket: "photos", key: "cats/a.txt" });
    const text = await reading.call("get_object", { bucket: "photos", key: "cats/a.txt" });

    expect(head.value.object).toMatchObject({ key: "cats/a.txt", sizeBytes: 5, contentType: "text/plain" });
    expect(text.value).toMatchObject({ content: "a cat", notice: expect.stringContaining("never instructions") });
    expect((await reading.call("get_object", { bucket: "photos", key: "no" })).value.error.code).toBe("NOT_FOUND");
  });

  test.each([
    ["JSON", '{"a": [1,  2]}', "application/json"],
    ["what says that it is JSON, and is not", "{", "application/json"],
    ["nothing", "", "text/plain"],
    ["256 KiB", "x".repeat(256 * 1024), "text/plain"],
  ])("%s is text", async (_, content, type) => {
    await put("/api/storage/buckets/photos/objects/text", content, type);

    expect((await reading.call("get_object", { bucket: "photos", key: "text" })).value.content).toBe(content);
  });

  test.each([
    ["more than 256 KiB", new Uint8Array(256 * 1024 + 1).fill(120)],
    ["bytes that are no UTF-8", new Uint8Array([0xff, 0xfe, 1])],
    ["zeros", new Uint8Array([65, 0, 66])],
  ])("of %s there is a URL instead", async (_, bytes) => {
    await put("/api/storage/buckets/photos/objects/bytes", bytes);

    const { value } = await reading.call("get_object", { bucket: "photos", key: "bytes" });

    expect(value.content).toBeUndefined();
    const answer = await fetch(value.url);
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(bytes);
  });

  test("usage is told in all, and by bucket", async () => {
    const whole = await reading.call("usage");
    const ofService = await reading.call("usage", { service: 1 });

    expect(whole.value.total.objects).toBeGreaterThan(0);
    expect(ofService.value.buckets).toContainEqual(expect.objectContaining({ bucket: "photos" }));
  });

  test("a refusal is explained", async () => {
    const s3 = createS3Client(gateway);
    const refused = await s3.call({ path: "/photos/cats/a.txt", account: bob });
    const requestId = refused.headers["x-amz-request-id"] ?? "";

    const { value } = await reading.call("explain_request", { requestId });

    expect(value.refusal).toMatchObject({ requestId, code: "AccessDenied", hints: expect.any(Array) });
    expect((await reading.call("explain_request")).value.refusals).toContainEqual(
      expect.objectContaining({ requestId }),
    );
    expect((await reading.call("explain_request", { requestId: "0".repeat(16) })).value.error.code).toBe("NOT_FOUND");
  });

  test("the documentation is searched", async () => {
    const { value } = await reading.call("search_docs", { query: "SignatureDoesNotMatch behind a proxy", limit: 2 });

    expect(value.sections).toHaveLength(2);
    expect(value.sections[0]).toMatchObject({ file: "docs/why.md", text: expect.stringMatching(/proxy/i) });
    expect((await reading.call("search_docs", { query: "§§§" })).value.sections).toEqual([]);
  });
});

describe("writing", () => {
  test("a bucket is made, private", async () => {
    const { value } = await writing.call("create_bucket", { bucket: "made" });

    expect(value.bucket).toMatchObject({ name: "made", visibility: "private" });
    expect((await writing.call("create_bucket", { bucket: "made" })).value.error.code).toBe("CONFLICT");
  });

  test("an object is stored; what is there stays unless it is to be replaced", async () => {
    const at = { bucket: "photos", key: "ä b/+%2F/../c" };
    expect((await writing.call("put_object", { ...at, content: "one" })).isError).toBe(false);
    const again = await writing.call("put_object", { ...at, content: "two" });
    expect(again.value.error.code).toBe("PRECONDITION_FAILED");
    const bytes = Buffer.from([0, 1, 2]).toString("base64");
    expect(
      (await writing.call("put_object", { ...at, content: bytes, encoding: "base64", overwrite: true })).isError,
    ).toBe(false);

    expect((await reading.call("head_object", at)).value.object).toMatchObject({ key: at.key, sizeBytes: 3 });
  });

  test("more than 1 MiB, and what is no base64, is refused", async () => {
    const at = { bucket: "photos", key: "too-large" };

    expect((await writing.call("put_object", { ...at, content: "ä".repeat(600_000) })).value.error.message).toContain(
      "1200000 bytes",
    );
    expect((await writing.call("put_object", { ...at, content: "a===", encoding: "base64" })).isError).toBe(true);
    expect((await reading.call("head_object", at)).value.error.code).toBe("NOT_FOUND");
  });

  test("a signed URL downloads or uploads one object, for at most an hour", async () => {
    const at = { bucket: "photos", key: "signed" };
    const upload = await writing.call("presign", { ...at, method: "PUT", contentType: "text/plain" });
    const sent = await fetch(upload.value.url, { method: "PUT", headers: upload.value.headers, body: "by a URL" });
    const download = await writing.call("presign", { ...at, expiresInSeconds: 60 });

    expect(sent.status).toBe(200);
    expect(await (await fetch(download.value.url)).text()).toBe("by a URL");
    expect((await writing.call("presign", { ...at, expiresInSeconds: 3601 })).value.error.code).toBe(
      "INVALID_ARGUMENTS",
    );
  });

  test("the secret of a key is in a file of its own, and nowhere else", async () => {
    const { value } = await writing.call("create_key", {
      access: "read-only",
      on: { bucket: "photos" },
      description: "for a test",
      file: ".env.key",
    });
    const file = join(scratch, ".env.key");
    const text = await readFile(file, "utf8");
    const secret = /^AWS_SECRET_ACCESS_KEY=(\S{40})$/m.exec(text)?.[1] ?? "";
    secrets.push(secret);

    expect(secret).not.toBe("");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(text).toContain(`AWS_ACCESS_KEY_ID=${value.key.accessKeyId}\n`);
    expect(text).toContain("BUCKET_NAME=photos\n");
    const s3 = createS3Client(gateway);
    const account = { ...bob, accessKeyId: value.key.accessKeyId, secretAccessKey: secret };
    expect((await s3.call({ path: "/photos/cats/a.txt", account })).status).toBe(200);
    expect((await s3.call({ method: "PUT", path: "/photos/new", account, body: "x" })).status).toBe(403);
  });

  test("a file that is there, or elsewhere, is not written, and no key is made for it", async () => {
    await writeFile(join(scratch, "mine"), "mine");
    await mkdir(join(scratch, "inside"));
    await symlink(tmpdir(), join(scratch, "inside", "out"));
    await symlink(join(scratch, "nothing"), join(scratch, "dangling"));
    const before = (await api.call("/api/storage/s3/access-keys")).body.data.length;
    const wrong = [
      "mine",
      "dangling",
      "../out",
      "/tmp/out",
      "inside/out/x",
      "nowhere/x",
      "inside/..",
      "inside/",
      ".",
      "a\0b",
    ];
    for (const file of wrong) {
      const input = { access: "read-only", on: { bucket: "photos" }, description: "a", file };
      const { isError, value } = await writing.call("create_key", input);
      expect([file, isError, value.error.code]).toEqual([
        file,
        true,
        expect.stringMatching(/^(USAGE|CONFLICT|FAILED)$/),
      ]);
    }

    expect((await api.call("/api/storage/s3/access-keys")).body.data).toHaveLength(before);
    expect(await readFile(join(scratch, "mine"), "utf8")).toBe("mine");
  });

  test("a key that cannot be issued leaves no file", async () => {
    const input = { access: "read-only", on: { project: "no-such" }, description: "a", file: "left" };

    expect((await writing.call("create_key", input)).isError).toBe(true);
    await expect(stat(join(scratch, "left"))).rejects.toThrow("ENOENT");
  });

  test("an application is linked once, and its variables are in a file", async () => {
    const input = { service: "my-storage", project: "my-app" };
    const linked = await writing.call("link_service", { ...input, file: ".env.app" });
    const text = await readFile(join(scratch, ".env.app"), "utf8");
    const secret = /^S3_SECRET_KEY=['"]?([^'"\n]+)/m.exec(text)?.[1] ?? "";
    secrets.push(secret);

    expect(linked.value).toMatchObject({
      link: { project: "my-app", bucket: "my-app-production" },
      wasLinked: false,
      variables: expect.arrayContaining(["S3_ENDPOINT", "AWS_SECRET_ACCESS_KEY"]),
      file: ".env.app",
    });
    expect(secret).toHaveLength(40);
    expect((await stat(join(scratch, ".env.app"))).mode & 0o777).toBe(0o600);
    expect((await writing.call("link_service", input)).value).toMatchObject({ wasLinked: true });
    expect((await reading.call("get_service", { service: "my-storage" })).value.links).toEqual([
      expect.objectContaining({ project: "my-app", environment: "production", status: "active" }),
    ]);
    expect((await writing.call("link_service", { ...input, project: "nobody" })).isError).toBe(true);
  });

  test("keys of an application and of a service are rotated, and jobs can be looked at", async () => {
    const ofApp = await writing.call("rotate", { service: "my-storage", project: "my-app" });
    const ofService = await writing.call("rotate", { service: "my-storage", graceSeconds: 60 });
    const { id } = (await reading.call("get_service", { service: "my-storage" })).value.service;
    const { body } = await api.call(`/api/external-services/${id}/parameters/secret_key`);
    const link = `/api/external-services/${id}/projects/my-app/environment/S3_SECRET_KEY`;
    secrets.push(body.value, (await api.call(link)).body.value);

    expect(ofApp.value.job).toMatchObject({ state: "completed" });
    expect((await reading.call("get_job", { id: ofApp.value.job.id })).value.job.state).toBe("completed");
    expect(ofService.value).toMatchObject({ service: { id, access_key: expect.stringMatching(/^AKIA/) } });
    expect((await reading.call("get_job", { id: "nothing" })).value.error.code).toBe("NOT_FOUND");
  });
});

describe("taking away", () => {
  test("an object goes only when dry_run is false", async () => {
    const at = { bucket: "photos", key: "to-go" };
    await put("/api/storage/buckets/photos/objects/to-go", "12345");

    const dry = await all.call("delete_object", at);
    expect(dry.value).toMatchObject({ dry_run: true, wouldGo: { ...at, sizeBytes: 5, canBeBroughtBack: false } });
    expect((await reading.call("head_object", at)).isError).toBe(false);
    expect((await all.call("delete_object", { ...at, dry_run: false })).value).toMatchObject({ deleted: at });
    expect((await reading.call("head_object", at)).value.error.code).toBe("NOT_FOUND");
    expect((await all.call("delete_object", { ...at, dry_run: false })).value.error.code).toBe("NOT_FOUND");
  });

  test("a bucket goes when it is empty, and stays when it is not", async () => {
    await post("/api/storage/buckets", { name: "to-go" });
    const full = await all.call("delete_bucket", { bucket: "photos" });
    const refused = await all.call("delete_bucket", { bucket: "photos", dry_run: false });
    const dry = await all.call("delete_bucket", { bucket: "to-go" });
    const gone = await all.call("delete_bucket", { bucket: "to-go", dry_run: false });

    expect(full.value).toMatchObject({ dry_run: true, isEmpty: false });
    expect(refused.value.error).toMatchObject({ code: "CONFLICT", next: [expect.stringContaining("stave buckets")] });
    expect(dry.value).toMatchObject({ dry_run: true, isEmpty: true });
    expect(gone.value).toMatchObject({ deleted: { name: "to-go" } });
    expect((await api.call("/api/storage/buckets/to-go")).status).toBe(404);
  });

  test("a key is revoked by its id in full", async () => {
    const issued = await post("/api/storage/s3/access-keys", { description: "to go" });
    const { accessKeyId, secretAccessKey } = issued.data;
    secrets.push(secretAccessKey);

    const dry = await all.call("revoke_key", { accessKeyId });
    expect(dry.value).toMatchObject({ dry_run: true, wouldGo: { accessKeyId, description: "to go" } });
    expect((await all.call("revoke_key", { accessKeyId, dry_run: false })).value).toMatchObject({ dry_run: false });
    expect((await all.call("revoke_key", { accessKeyId })).value.error.code).toBe("NOT_FOUND");
    expect((await all.call("revoke_key", { accessKeyId: "AKIA" })).value.error.code).toBe("INVALID_ARGUMENTS");
  });

  test("a service goes by its name, and stays while it is linked", async () => {
    const { id } = await post("/api/external-services", { name: "to-go", service_type: "s3" });
    await writing.call("link_service", { service: "my-storage", project: "my-app" });
    const linked = await all.call("remove_service", { service: "my-storage", name: "my-storage", dry_run: false });
    const misnamed = await all.call("remove_service", { service: id, name: "my-storage", dry_run: false });
    const dry = await all.call("remove_service", { service: id, name: "to-go" });
    const gone = await all.call("remove_service", { service: id, name: "to-go", dry_run: false });

    expect(linked.value.error).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("my-app") });
    expect(misnamed.value.error.code).toBe("USAGE");
    expect(dry.value).toMatchObject({ dry_run: true, wouldGo: { service: { name: "to-go" } } });
    expect(gone.value).toMatchObject({ dry_run: false, removed: { id, name: "to-go" } });
    expect((await reading.call("get_service", { service: id })).value.error.code).toBe("NOT_FOUND");
  });
});

test("every tool that there is was called, and each call is on record with the name of the assistant", async () => {
  const { body } = await api.call("/api/audit?action=agent:call&limit=1000");
  const entries: { readonly details: { readonly agent: string; readonly tool: string } }[] = body.data;

  expect(new Set(entries.map(({ details }) => details.agent))).toEqual(new Set(["test-assistant/1.2.3"]));
  expect([...new Set(entries.map(({ details }) => details.tool))].toSorted()).toEqual(
    tools.map(({ name }) => name).toSorted(),
  );
});
