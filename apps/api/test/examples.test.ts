import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { parseEnv } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readCodeBlocks } from "../../../test/support/read-code-blocks.ts";
import { findClient } from "../../gateway/test/support/find-client.ts";
import { runClient } from "../../gateway/test/support/run-client.ts";
import { digestFolder, writeSampleFiles } from "../../gateway/test/support/sample-files.ts";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { startApi, type TestApi } from "./support/start-api.ts";
import { waitFor } from "./support/wait-for.ts";

// The programs and pages of `examples`, as they stand there: nothing but endpoints and keys is put in.

const examples = join(import.meta.dirname, "../../../examples");
const page = readCodeBlocks(await readFile(join(examples, "access-keys.md"), "utf8"));

const python = findClient({
  command: process.env.STAVE_TEST_PYTHON ?? "python3",
  probe: ["-c", "import boto3"],
  install: "boto3: pip install -r .ci/requirements.txt",
});
const awsCli = findClient({
  command: process.env.STAVE_TEST_AWS ?? "aws",
  probe: ["--version"],
  install: "the AWS CLI (`pip install awscli`), or name one in STAVE_TEST_AWS",
});
const rclone = findClient({ command: "rclone", probe: ["version"], install: "rclone" });
const curl = findClient({ command: "curl", probe: ["--version"], install: "curl" });
const goUpload = process.env.STAVE_TEST_GO_UPLOAD ?? "stave-test-go-upload";
const go = findClient({
  command: "test",
  probe: ["-x", goUpload],
  install: "Go, `go build` in examples/bucket-credential, and name the program in STAVE_TEST_GO_UPLOAD",
});

const photo = "the bytes of a photo";
/** As people know them: id and secret. */
type Key = { readonly accessKeyId: string; readonly secretAccessKey: string };
type Variables = Readonly<Record<string, string>>;

let gateway: TestGateway;
let api: TestApi;
let home = "";
beforeAll(async () => {
  gateway = await startGateway({ workers: 1, args: ["--region", "us-east-2"] });
  api = await startApi(gateway, { args: ["--region", "us-east-2"] });
  await post("/api/storage/buckets", { name: "my-bucket" });
}, 60_000);
afterAll(async () => {
  await api?.stop();
  await gateway?.stop();
});
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "stave-examples-"));
  for (const name of ["photo.jpg", "local-file.jpg", "image.jpg"]) await writeFile(join(home, name), photo);
  return () => rm(home, { recursive: true, force: true });
});

describe("the page about access keys:", { timeout: 60_000 }, () => {
  let key: Key & { readonly id: string };
  beforeAll(async () => {
    key = (await post("/api/storage/s3/access-keys", { description: "page" })).data;
  });

  test.skipIf(curl.isMissing)("curl issues a key with the fields that are shown, and revokes it", async () => {
    const issued = JSON.parse(await shell(block("Issue a key", "sh")));

    const { data: shown } = JSON.parse(block("Issue a key", "json"));
    expect(Object.keys(issued.data).toSorted()).toEqual(expect.arrayContaining(Object.keys(shown).toSorted()));
    expect(issued.data).toMatchObject({ description: "backup-script", lastUsedAt: null });
    expect(issued.data.accessKeyId).toMatch(/^AKIA[A-Z0-9]{16}$/);
    expect(await shell(block("Revoke the key", "sh"), { KEY_ID: issued.data.id })).toBe("");
    const left = (await api.call("/api/storage/s3/access-keys")).body.data;
    expect(left.map(({ id }: Key & { id: string }) => id)).toEqual([key.id]);
  });

  test("the AWS SDK for JavaScript uploads", async () => {
    await symlink(join(examples, "node_modules"), join(home, "node_modules"));
    await writeFile(join(home, "upload.mjs"), filled(block("AWS SDK for JavaScript v3", "js"), key));

    await runClient(process.execPath, ["upload.mjs"], { home });

    expect(await stored("my-bucket", "hello.txt")).toBe("hello from node");
  });

  test.skipIf(awsCli.isMissing)("the AWS CLI lists, copies and syncs, and REST shows it", async () => {
    const [credentials = "", config = ""] = blocks("AWS CLI", "ini");
    const [commands = "", list = ""] = blocks("AWS CLI", "sh");
    await mkdir(join(home, ".aws"));
    await writeFile(join(home, ".aws/credentials"), filled(credentials, key));
    await writeFile(join(home, ".aws/config"), filled(config, key));
    await writeSampleFiles(home, { "dist/index.html": 100, "dist/assets/a b+c.js": 200 });

    expect(await shell(commands)).toMatch(/ my-bucket$/m);

    expect(await stored("my-bucket", "photo.jpg")).toBe(photo);
    const { data } = JSON.parse(await shell(list));
    const keys = data.map(({ key: it }: { key: string }) => it);
    expect(keys).toEqual(expect.arrayContaining(["dist/assets/a b+c.js", "dist/index.html", "photo.jpg"]));
  });

  test.skipIf(python.isMissing)("boto3 uploads", async () => {
    await writeFile(join(home, "photo.jpg"), "another photo");

    await runClient(python.command, ["-c", filled(block("boto3", "python"), key)], { home });

    expect(await stored("my-bucket", "photo.jpg")).toBe("another photo");
  });

  test.skipIf(rclone.isMissing)("rclone copies and syncs", () => rcloneCopiesAndSyncs("my-bucket", key));
});

describe("with the variables of a link", { timeout: 60_000 }, () => {
  let variables: Variables = {};
  beforeAll(async () => {
    variables = await link();
  });
  const bucket = () => variables.S3_BUCKET ?? "";

  test("the program in Node.js uploads", async () => {
    const { stdout } = await runExample("linked-app/upload.mjs", variables);

    expect(stdout).toBe("uploads/image.jpg is stored, 20 bytes\n");
    expect(await stored(bucket(), "uploads/image.jpg")).toBe(photo);
  });

  test("the program in Node.js makes an address that opens one object for an hour", async () => {
    await api.call(`/api/storage/buckets/${bucket()}/objects/uploads/private-document.pdf`, {
      method: "PUT",
      body: "pdf",
    });

    const url = new URL((await runExample("linked-app/presign.mjs", variables)).stdout.trim());

    expect(url.searchParams.get("X-Amz-Expires")).toBe("3600");
    expect(await (await fetch(url)).text()).toBe("pdf");
    url.pathname = url.pathname.replace("private-document.pdf", "image.jpg");
    expect((await fetch(url)).status).toBe(403);
  });

  test.skipIf(python.isMissing)("the program in Python uploads", async () => {
    const { stdout } = await runExample("linked-app/upload.py", variables);

    expect(stdout).toBe("uploads/image.jpg is stored, 20 bytes\n");
  });

  test.skipIf(python.isMissing)("boto3 needs to be told nothing", async () => {
    const program =
      "import boto3, os; print([o['Key'] for o in boto3.client('s3').list_objects_v2(Bucket=os.environ['S3_BUCKET'])['Contents']])";

    const { stdout } = await runClient(python.command, ["-c", program], { home, env: variables });

    expect(stdout).toContain("'uploads/image.jpg'");
  });

  test.skipIf(go.isMissing)("the program in Go uploads", async () => {
    await runClient(goUpload, [], { home, env: variables });

    expect(await stored(bucket(), "uploads/photo.jpg")).toBe(photo);
  });

  test.skipIf(rclone.isMissing)("rclone copies and syncs", () => rcloneCopiesAndSyncs(bucket(), keyOf(variables)));
});

describe("with the credential of a bucket", { timeout: 60_000 }, () => {
  let variables: Variables = {};
  beforeAll(async () => {
    const path = "/api/storage/buckets/my-bucket/credentials";
    const { id } = (await post(path, {})).data;
    variables = JSON.parse((await api.call(`${path}/${id}/manifest?format=json`)).body);
  });
  beforeEach(async () => {
    await api.call("/api/storage/buckets/my-bucket/objects/uploads/photo.jpg", { method: "DELETE" });
  });

  test("the program in Node.js uploads", async () => {
    await runExample("bucket-credential/upload.mjs", variables);

    expect(await stored("my-bucket", "uploads/photo.jpg")).toBe(photo);
  });

  test.skipIf(python.isMissing)("the program in Python uploads", async () => {
    await runExample("bucket-credential/upload.py", variables);

    expect(await stored("my-bucket", "uploads/photo.jpg")).toBe(photo);
  });

  test.skipIf(go.isMissing)("the program in Go uploads", async () => {
    await runClient(goUpload, [], { home, env: variables });

    expect(await stored("my-bucket", "uploads/photo.jpg")).toBe(photo);
  });

  test.skipIf(rclone.isMissing)("rclone copies and syncs", () => rcloneCopiesAndSyncs("my-bucket", keyOf(variables)));
});

/** With the configuration and the commands of the page. */
async function rcloneCopiesAndSyncs(bucket: string, key: Key): Promise<void> {
  await mkdir(join(home, ".config/rclone"), { recursive: true });
  await writeFile(join(home, ".config/rclone/rclone.conf"), filled(block("rclone", "ini"), key));
  await writeSampleFiles(home, { "dist/index.html": 100, "dist/assets/a b+c.js": 200, "local-backups/old.tar": 300 });
  await api.call(`/api/storage/buckets/${bucket}/objects/backups/new.tar`, { method: "PUT", body: "tar" });

  await shell(block("rclone", "sh").replaceAll("my-bucket", bucket));

  expect(await readFile(join(home, "local-backups/new.tar"), "utf8")).toBe("tar");
  expect(Object.keys(await digestFolder(join(home, "local-backups")))).toEqual(["new.tar"]);
  const { data } = (await api.call(`/api/storage/buckets/${bucket}/objects?prefix=dist/`)).body;
  const sizes = data.map(({ key: name, sizeBytes }: { key: string; sizeBytes: number }) => [name, sizeBytes]);
  expect(sizes).toEqual([
    ["dist/assets/a b+c.js", 200],
    ["dist/index.html", 100],
  ]);
}

describe.skipIf(curl.isMissing)("the commands that bring variables into .env", { timeout: 60_000 }, () => {
  test.each([
    ["README.md", "Storage for an application", "http://127.0.0.1:7400"],
    ["docs/api-links.md", "Projects, links, variables, sinks and rotation over the API", "localhost:7400"],
  ])("do so as they stand in %s", async (file, heading, address) => {
    const root = join(examples, "..");
    const found = readCodeBlocks(await readFile(join(root, file), "utf8")).find((it) => it.heading === heading);
    const commands = (found?.text ?? "").replaceAll(address, api.endpoint).replace("TOKEN=stave_...", "");

    await shell(commands, { TOKEN: api.token });

    const { S3_BUCKET: bucket } = parseEnv(await readFile(join(home, ".env"), "utf8"));
    expect(bucket).toMatch(/^my-app-production/); // a bucket stays, and keeps its name from others
    await api.call("/api/external-services/1/projects/my-app", { method: "DELETE" });
    await waitFor(async () => (await api.call("/api/external-services/1/projects/my-app")).status === 404);
    await api.call("/api/projects/my-app", { method: "DELETE" });
  });
});

async function link(): Promise<Variables> {
  await post("/api/projects", { name: "Example" });
  await post("/api/external-services/1/projects", { project_id: "example" });
  const path = "/api/external-services/1/projects/example";
  await waitFor(async () => (await api.call(path)).body.status === "active");
  return JSON.parse((await api.call(`${path}/environment-file?format=json`)).body);
}

async function post(path: string, json: unknown) {
  const { status, body } = await api.call(path, { method: "POST", json });
  expect([status, body.detail]).toEqual([expect.toBeOneOf([201, 202]), undefined]);
  return body;
}

/** The text of an object, over REST. */
async function stored(bucket: string, key: string): Promise<string> {
  const { status, body } = await api.call(`/api/storage/buckets/${bucket}/objects/${key}`);
  expect(status).toBe(200);
  return body;
}

function keyOf({ S3_ACCESS_KEY: accessKeyId = "", S3_SECRET_KEY: secretAccessKey = "" }: Variables): Key {
  return { accessKeyId, secretAccessKey };
}

async function runExample(path: string, env: Variables) {
  const command = path.endsWith(".py") ? python.command : process.execPath;
  return await runClient(command, [join(examples, path)], { home, env });
}

/** In the home folder, with the variables that the page speaks of. */
async function shell(commands: string, more: Variables = {}): Promise<string> {
  const path = [...(awsCli.command.includes("/") ? [dirname(awsCli.command)] : []), process.env.PATH].join(delimiter);
  const env = { PATH: path, API_BASE: api.endpoint, ACCESS_API_KEY: api.token, ...more };
  return (await runClient("bash", ["--norc", "-euc", commands], { home, env })).stdout;
}

function filled(text: string, { accessKeyId, secretAccessKey }: Key): string {
  return text
    .replaceAll("https://storage.example.com", gateway.endpoint)
    .replaceAll("your_access_key_id", accessKeyId)
    .replaceAll("your_secret_access_key", secretAccessKey);
}

function block(heading: string, language: string): string {
  const [text] = blocks(heading, language);
  if (text === undefined) throw new TypeError(`Expected a ${language} block below ${heading} in access-keys.md`);
  return text;
}

function blocks(heading: string, language: string): readonly string[] {
  return page.filter((it) => it.heading === heading && it.language === language).map(({ text }) => text);
}
