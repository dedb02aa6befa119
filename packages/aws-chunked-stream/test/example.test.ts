import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { saveUpload } from "./example.ts";

test("the example of the README is this one", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const example = await readFile(new URL("./example.ts", import.meta.url), "utf8");

  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``);
});

test("the example saves an upload and returns its trailers", async () => {
  const folder = await mkdtemp(join(tmpdir(), "aws-chunked-stream-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "upload");
  const server = createServer(async (incoming, response) => {
    const trailers = await saveUpload(incoming, path);
    response.end(trailers.get("x-amz-checksum-crc32"));
  });
  onTestFinished(() => void server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");

  const { port } = server.address() as AddressInfo;
  const headers = { "x-amz-decoded-content-length": "5" };
  const upload = request({ port, host: "127.0.0.1", method: "PUT", headers, agent: false });
  upload.end("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n");
  const [response] = await once(upload, "response");

  expect(await text(response)).toBe("NhCmhg==");
  expect(await readFile(path, "utf8")).toBe("hello");
});

test("the encoding example of the README prints what it says", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const encoding = readme.slice(readme.indexOf("## Encoding"));
  const [, example = "", output] = /```ts\n(.*?)```\n\n```text\n(.*?)```/s.exec(encoding) ?? [];

  const printed = execFileSync(
    process.execPath,
    ["--conditions=@stave/source", "--input-type=module-typescript", "--eval", example],
    { cwd: fileURLToPath(new URL("..", import.meta.url)), encoding: "utf8" },
  );

  expect(printed).toBe(output);
});
