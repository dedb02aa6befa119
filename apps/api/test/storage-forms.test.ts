import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { GetObjectCommand, ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ann, startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { rawCall } from "./support/raw-call.ts";
import { startApi, type TestApi } from "./support/start-api.ts";
import { waitFor } from "./support/wait-for.ts";

let gateway: TestGateway;
let api: TestApi;
let s3: S3Client;
beforeAll(async () => {
  gateway = await startGateway({ workers: 1 });
  api = await startApi(gateway);
  s3 = new S3Client({ endpoint: gateway.endpoint, region: "us-east-1", credentials: ann, forcePathStyle: true });
  for (const name of ["forms", "cut"]) await api.call("/api/storage/buckets", { method: "POST", json: { name } });
}, 60_000);
afterAll(async () => {
  s3?.destroy();
  await api?.stop();
  await gateway?.stop();
});

const objects = "/api/storage/buckets/forms/objects";
const mib = 1024 * 1024;

async function sendForm(method: "POST" | "PUT", path: string, form: FormData, headers: Record<string, string> = {}) {
  const response = await fetch(`${api.endpoint}${path}`, {
    method,
    headers: { authorization: `Bearer ${api.token}`, ...headers },
    body: form,
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

function formOf(...fields: readonly [name: string, value: string | File][]): FormData {
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  return form;
}

const textFile = (text: string, name = "notes.txt") => new File([text], name, { type: "text/plain" });

async function stored(key: string, bucket = "forms") {
  const { Body, ContentType, CacheControl } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return { bytes: Buffer.from((await Body?.transformToByteArray()) ?? []), ContentType, CacheControl };
}

async function keysOf(bucket: string): Promise<readonly string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  return Contents.map(({ Key = "" }) => Key);
}

describe("a form with one file", () => {
  test("by POST is stored under a key that is made of the name of the file", async () => {
    const { status, body } = await sendForm("POST", objects, formOf(["file", textFile("hello", "Récipe (1).TXT")]));

    expect(status).toBe(201);
    expect(body.data).toMatchObject({ sizeBytes: 5, etag: '"5d41402abc4b2a76b9719d911017c592"', versionId: null });
    expect(body.data.key).toMatch(/^Re-cipe-1-\d{13}-[\w-]{16}\.TXT$/);
    const { bytes, ContentType } = await stored(body.data.key);
    expect([bytes.toString(), ContentType]).toEqual(["hello", "text/plain"]);
  });

  test("by PUT is stored under the key of the path, whatever the file is called", async () => {
    const form = formOf(["file", textFile("one", "../../etc/passwd")]);
    const { status, body } = await sendForm("PUT", `${objects}/a%2Fb.txt`, form, { "cache-control": "max-age=1" });

    expect([status, body.data.key]).toEqual([200, "a/b.txt"]);
    expect(await stored("a/b.txt")).toMatchObject({ ContentType: "text/plain", CacheControl: "max-age=1" });
    const taken = await sendForm("PUT", `${objects}/a%2Fb.txt`, form, { "if-none-match": "*" });
    expect([taken.status, taken.body.code]).toEqual([412, "PRECONDITION_FAILED"]);
  });

  test("the `filename` of the query comes before that of the form, and neither is a path", async () => {
    const named = await sendForm("POST", `${objects}?filename=report.pdf`, formOf(["file", textFile("x")]));
    const path = await sendForm("POST", objects, formOf(["file", textFile("x", "../../up/..")]));

    expect(named.body.data.key).toMatch(/^report-\d{13}-[\w-]{16}\.pdf$/);
    expect(path.body.data.key).toMatch(/^file-\d{13}-[\w-]{16}$/);
  });

  test.each([0, 1, 5 * mib, 8 * mib, 20 * mib + 7])("of %d bytes is stored byte for byte", async (sizeBytes) => {
    const bytes = new Uint8Array(sizeBytes).map((_, index) => (index * 2_654_435_761) >>> 13);
    const { status, body } = await sendForm("PUT", `${objects}/bytes`, formOf(["file", new File([bytes], "b.bin")]));

    expect([status, body.data.sizeBytes]).toEqual([200, sizeBytes]);
    expect(sha256((await stored("bytes")).bytes)).toBe(sha256(bytes));
  });

  test("is sent by curl -F", async () => {
    const home = await mkdtemp(join(tmpdir(), "stave-form-"));
    try {
      const file = join(home, "photo of me.png");
      await writeFile(file, "not a picture");
      const sent = await promisify(execFile)("curl", [
        "-sS",
        ...["-H", `x-api-key: ${api.token}`],
        ...["-F", `file=@${file};type=image/png`],
        `${api.endpoint}${objects}`,
      ]);
      const { data } = JSON.parse(sent.stdout);

      expect(data.key).toMatch(/^photo-of-me-\d{13}-[\w-]{16}\.png$/);
      expect(await stored(data.key)).toMatchObject({ ContentType: "image/png", bytes: Buffer.from("not a picture") });
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });
});

describe("a form that is refused", () => {
  const file: [string, File] = ["file", textFile("x")];

  test.each<[string, FormData, string, string]>([
    ["a field before the file", formOf(["acl", "public-read"], file), "UNKNOWN_FIELD", "/acl"],
    ["a field after the file", formOf(file, ["key", "mine"]), "UNKNOWN_FIELD", "/key"],
    ["a file in another field", formOf(["upload", textFile("x")]), "UNKNOWN_FIELD", "/upload"],
    ["two files", formOf(file, file), "INVALID_REQUEST", "/file"],
    ["text instead of a file", formOf(["file", "x"]), "INVALID_REQUEST", "/file"],
    ["nothing", formOf(), "INVALID_REQUEST", "/file"],
  ])("with %s names the field, and nothing is stored", async (_, form, code, pointer) => {
    const before = await keysOf("forms");
    const { status, body } = await sendForm("POST", objects, form);

    expect([status, body.code, body.errors?.[0]?.pointer]).toEqual([400, code, pointer]);
    expect(await keysOf("forms")).toEqual(before);
  });

  test.each([
    ["without a boundary", "multipart/form-data", "--x"],
    ["of nonsense", "multipart/form-data; boundary=x", "nonsense"],
    ["without its end", "multipart/form-data; boundary=x", part("x", "half")],
    ["with a type that is not ASCII", "multipart/form-data; boundary=x", `${part("x", "a", "a/\u00e9")}\r\n--x--\r\n`],
  ])("%s is not valid", async (_, type, body) => {
    const before = await keysOf("forms");
    const answer = await rawCall(api, objects, { method: "POST", body, headers: { "content-type": type } });

    expect([answer.status, answer.body.code]).toEqual([400, "INVALID_REQUEST"]);
    expect(await keysOf("forms")).toEqual(before);
  });

  test("with headers that are about the form as it is sent says so", async () => {
    for (const header of ["content-md5", "content-encoding"]) {
      const { status, body } = await sendForm("POST", objects, formOf(file), { [header]: "gzip" });
      expect([status, body.code]).toEqual([400, "INVALID_REQUEST"]);
    }
  });

  test("because of its size is refused before and while it comes", async () => {
    await api.call("/api/storage/config", { method: "PUT", json: { maxFileSizeMb: 9 } });
    try {
      const large = Buffer.alloc(10 * mib, "x").toString();
      const announced = await sendForm("PUT", `${objects}/large`, formOf(["file", textFile(large)]));
      expect([announced.status, announced.body.code]).toEqual([413, "BODY_TOO_LARGE"]);
      expect(await sendCut({ path: `${objects}/large`, text: `${part("x", large)}\r\n--x--\r\n` })).toMatch(
        /^HTTP\/1.1 413 /,
      );
      const preamble = `${large}\r\n${part("x", "small")}\r\n--x--\r\n`;
      expect(await sendCut({ path: `${objects}/large`, text: preamble })).toMatch(/^HTTP\/1.1 413 /);
      expect(await keysOf("forms")).not.toContain("large");
    } finally {
      await api.call("/api/storage/config", { method: "PUT", json: { maxFileSizeMb: 5_242_880 } });
    }
  });

  test("early is answered while the client is still sending", async () => {
    const text = `${part("x", "a", "text/plain", "nothing")}${"x".repeat(4 * mib)}`;
    expect(await sendCut({ path: `${objects}/early`, text })).toMatch(/^HTTP\/1.1 400 /);
    const missing = "/api/storage/buckets/not-there/objects/a";
    expect(await sendCut({ path: missing, text: part("x", "x".repeat(9 * mib)) })).toMatch(/^HTTP\/1.1 404 /);
  });
});

test.each([
  ["in its headers", '--x\r\ncontent-disposition: form-data; name="fi'],
  ["in a small file", part("x", "half")],
  ["in a large file", part("x", "x".repeat(18 * mib))],
  ["before the last boundary is whole", `${part("x", "all of it")}\r\n--x-`],
])("a form that breaks off %s leaves nothing", async (_, text) => {
  const before = api.log();
  await sendCut({ path: "/api/storage/buckets/cut/objects/torn", text, isCut: true });

  await waitFor(async () => {
    const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: "cut" }));
    return Uploads.length === 0;
  });
  expect(await keysOf("cut")).toEqual([]);
  expect(api.log()).toBe(before);
});

test("a form may come byte by byte", async () => {
  const { hostname, port } = new URL(api.endpoint);
  const socket = connect({ port: Number(port), host: hostname, noDelay: true });
  const text = `${part("x", "slow\r\n--y\r\n-")}\r\n--x--\r\n`;
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk;
  });
  socket.write(head(`${objects}/slow`, Buffer.byteLength(text)));
  for (const byte of Buffer.from(text)) {
    await new Promise((resolve) => socket.write(Buffer.from([byte]), resolve));
  }
  await new Promise((resolve) => socket.once("close", resolve));

  expect(answer).toMatch(/^HTTP\/1.1 200 /);
  expect((await stored("slow")).bytes.toString()).toBe("slow\r\n--y\r\n-");
});

/** A part, but for the boundary behind it. */
function part(boundary: string, content: string, type = "text/plain", name = "file"): string {
  return `--${boundary}\r\ncontent-disposition: form-data; name="${name}"; filename="a.txt"\r\ncontent-type: ${type}\r\n\r\n${content}`;
}

function head(path: string, length: number | undefined): string {
  const framing = length === undefined ? "transfer-encoding: chunked" : `content-length: ${length}`;
  return `PUT ${path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${api.token}\r\nconnection: close\r\ncontent-type: multipart/form-data; boundary=x\r\n${framing}\r\n\r\n`;
}

/** Sends this in one chunk, and then waits for the answer, or goes. */
function sendCut({ path, text, isCut = false }: { path: string; text: string; isCut?: boolean }): Promise<string> {
  const { hostname, port } = new URL(api.endpoint);
  const socket = connect(Number(port), hostname);
  let answer = "";
  return new Promise((resolve) => {
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("error", () => {}).on("close", () => resolve(answer));
    const bytes = Buffer.from(text);
    socket.write(`${head(path, undefined)}${bytes.length.toString(16)}\r\n`);
    socket.write(bytes, () => {
      if (isCut) socket.destroy();
      else if (!socket.destroyed) socket.write("\r\n0\r\n\r\n");
    });
  });
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
