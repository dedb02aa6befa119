import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  createS3Client,
  type S3Client,
  type S3Request,
  streamingModes,
} from "../apps/gateway/test/support/s3-client.ts";
import { ann } from "../apps/gateway/test/support/start-gateway.ts";
import { readCodeBlocks } from "./support/read-code-blocks.ts";

// The examples of docs/libraries.md, as they stand there, in plain Node.js with the packages of this checkout.

const root = join(import.meta.dirname, "..");
const account = { ...ann, accessKeyId: "AKIAEXAMPLE", secretAccessKey: "a long random secret" };
const markdown = await readFile(join(root, "docs", "libraries.md"), "utf8");
const examples = readCodeBlocks(markdown)
  .filter(({ language }) => language === "ts")
  .map((block, at) => ({ ...block, file: `example-${at + 1}.ts`, kind: kindOf(block.text) }));

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "stave-docs-"));
  const modules = join(directory, "node_modules");
  await mkdir(join(modules, "@stave"), { recursive: true });
  for (const name of await readdir(join(root, "packages"))) {
    await symlink(join(root, "packages", name), join(modules, "@stave", name));
  }
  await symlink(join(root, "node_modules", "express"), join(modules, "express"));
  await writeFile(join(directory, "package.json"), '{ "type": "module" }');
  for (const { file, text } of examples) await writeFile(join(directory, file), text);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test("there is an example for each use", () => {
  expect(examples.map(({ heading }) => heading)).toEqual([
    "Verify a signed request in an Express app",
    "Verify a signed request in an Express app",
    "Decode an aws-chunked upload in a plain `node:http` server",
    "The checksum of a multipart object",
    "Read a DeleteObjects request, write its answer",
    "Decide who may do what, and say why",
    "Open a store",
  ]);
});

test("the examples type-check", async () => {
  // Express brings no types of its own.
  const files = examples.filter(({ text }) => !text.includes('"express"')).map(({ file }) => file);
  const compilerOptions = { noEmit: true, typeRoots: [join(root, "node_modules", "@types")] };
  const config = { extends: join(root, "tsconfig.base.json"), compilerOptions, files };
  await writeFile(join(directory, "tsconfig.json"), JSON.stringify(config));

  const tsc = promisify(execFile)(join(root, "node_modules/.bin/tsc"), ["-p", directory]);

  expect(
    await tsc.then(
      () => "",
      ({ stdout }) => stdout,
    ),
  ).toBe("");
});

test.each(examples.filter(({ kind }) => kind === "program"))("$heading: prints what the page says", async (example) => {
  expect(example.output).toBeDefined();
  expect(await runProgram(example.file)).toBe(example.output);
});

describe("the Express app", () => {
  let app: RunningExample;
  beforeAll(async () => {
    app = await start("Express");
  });
  afterAll(() => app.stop());

  test("and its sender understand each other", async () => {
    const sender = examples.find(({ kind }) => kind === "client");
    await writeFile(join(directory, "sender.ts"), sender?.text.replace(":3000/", `:${app.s3.port}/`) ?? "");

    expect(await runProgram("sender.ts")).toBe(sender?.output);
  });

  test("thanks a sender who signed, and knows the sender by name", async () => {
    const answer = await app.s3.call({ account, method: "POST", path: "/hooks", body: "paid" });

    expect([answer.status, answer.text]).toEqual([200, "Thank you, billing"]);
  });

  test("takes an empty body", async () => {
    expect(await app.s3.call({ account, method: "POST", path: "/hooks" })).toMatchObject({ status: 200 });
  });

  test("refuses a stranger, a wrong secret and an unsigned body", async () => {
    const wrongSecret = { ...account, secretAccessKey: "another" };
    const requests: readonly Partial<S3Request>[] = [
      { account: null },
      { account: wrongSecret },
      { account: ann },
      { account, payload: "UNSIGNED-PAYLOAD" },
    ];

    const answers = requests.map((it) => app.s3.call({ method: "POST", path: "/hooks", body: "paid", ...it }));

    expect((await Promise.all(answers)).map(({ status, text }) => [status, text])).toEqual([
      [401, "Unauthorized"],
      [403, "SignatureDoesNotMatch"],
      [403, "InvalidAccessKeyId"],
      [401, "Unauthorized"],
    ]);
  });

  test("refuses a body other than the signed one, and one that is packed", async () => {
    const signed = await app.s3.sign({ account, method: "POST", path: "/hooks", body: "paid" });

    expect(await app.s3.send({ ...signed, body: Buffer.from("owed") })).toMatchObject({ status: 400 });
    const packed = { ...signed, headers: { ...signed.headers, "content-encoding": "gzip" } };
    expect(await app.s3.send(packed)).toMatchObject({ status: 415 });
  });
});

describe("the upload server", () => {
  let server: RunningExample;
  beforeAll(async () => {
    server = await start("aws-chunked");
  });
  afterAll(() => server.stop());
  beforeEach(() => rm(join(directory, "upload.bin"), { force: true }));

  test.each(streamingModes)("keeps what came whole in %s", async (payload) => {
    const body = Buffer.alloc(200_000, "b");

    const answer = await server.s3.call({ account, method: "PUT", path: "/b/k", body, payload });

    expect([answer.status, answer.text]).toEqual([200, "kept"]);
    expect(await readFile(join(directory, "upload.bin"))).toEqual(body);
  });

  test.each(["STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"])(
    "answers and keeps nothing when a byte was changed in %s",
    async (payload) => {
      const signed = await server.s3.sign({
        account,
        method: "PUT",
        path: "/b/k",
        body: Buffer.alloc(200_000),
        payload,
      });
      signed.body[100_000] = 1;

      const answer = await server.s3.send(signed);

      expect([answer.status, answer.text]).toEqual([403, "SignatureDoesNotMatch"]);
      expect(await uploads()).toEqual([]);
    },
  );

  test("keeps nothing of a request that nobody signed, or that is not aws-chunked", async () => {
    const statuses = [{ account: null, payload: streamingModes[2] }, { account }].map(async (request) => {
      return (await server.s3.call({ method: "PUT", path: "/b/k", body: "x", ...request })).status;
    });

    expect(await Promise.all(statuses)).toEqual([403, 403]);
    expect(await uploads()).toEqual([]);
  });

  test("keeps nothing when the client hangs up", async () => {
    const { method, target, headers, body } = await server.s3.sign({
      account,
      method: "PUT",
      path: "/b/k",
      body: Buffer.alloc(200_000),
      payload: "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    });
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const socket = connect(server.s3.port, "127.0.0.1");
    socket.write(`${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`);
    socket.write(body.subarray(0, 100_000));
    await expect.poll(uploads, { timeout: 5000 }).toEqual([expect.stringMatching(/\.partial$/)]);

    socket.destroy();

    await expect.poll(uploads, { timeout: 5000 }).toEqual([]);
  });
});

async function runProgram(file: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=@stave/source", file], {
    cwd: directory,
  });
  return stdout;
}

async function uploads(): Promise<readonly string[]> {
  return (await readdir(directory)).filter((name) => /^upload|\.partial$/.test(name));
}

function kindOf(example: string): "server" | "client" | "program" {
  if (/^export const (app|server)\b/m.test(example)) return "server";
  return example.includes("fetch(") ? "client" : "program";
}

type RunningExample = { readonly s3: S3Client; stop(): Promise<unknown> };

/** Runs an example that exports a server in a process of its own, on a free port. */
async function start(topic: string): Promise<RunningExample> {
  const file = examples.find(({ kind, heading }) => kind === "server" && heading.includes(topic))?.file ?? "missing";
  const listen = `
    const { app, server } = await import("./${file}");
    const listening = (server ?? app).listen(0, "127.0.0.1", () => console.log(listening.address().port));`;
  const child: ChildProcess = spawn(process.execPath, ["--conditions=@stave/source", "--eval", listen], {
    cwd: directory,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (child.stdout === null) throw new Error("Expected a piped standard output");
  const [port] = await Promise.race([
    once(createInterface(child.stdout), "line"),
    once(child, "exit").then(() => ["0"]),
  ]);
  const stop = async () => {
    const ended = once(child, "exit");
    child.kill();
    await ended;
  };
  return { s3: createS3Client({ port: Number(port) }), stop };
}
