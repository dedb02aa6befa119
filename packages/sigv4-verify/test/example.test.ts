import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { server } from "./example.ts";
import { type Plan, signHeader } from "./sign.ts";

beforeAll(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
});

afterAll(() => void server.close());

async function send(rawHeaders: readonly string[]): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const headers: Record<string, string> = {};
  for (let index = 0; index < rawHeaders.length; index += 2) {
    headers[rawHeaders[index] ?? ""] = rawHeaders[index + 1] ?? "";
  }
  const outgoing = request({ port, host: "127.0.0.1", path: "/photos/a.jpg", headers, agent: false }).end();
  const [response] = await once(outgoing, "response");
  return text(response);
}

test("the example of the README is this one", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const example = await readFile(new URL("./example.ts", import.meta.url), "utf8");

  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``);
});

test("the example greets who signed, and refuses who did not", async () => {
  // The example runs on the system clock.
  const timestamp = `${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
  const plan: Plan = { timestamp, accessKeyId: "AKIAEXAMPLE", secretAccessKey: "a long random secret" };

  expect(await send(signHeader(plan).rawHeaders)).toBe("Hello, Ada");
  expect(await send(["host", "s3.example.com"])).toBe("Hello, stranger");
  expect(await send(signHeader({ ...plan, secretAccessKey: "another" }).rawHeaders)).toMatch(
    /^SignatureDoesNotMatch: /,
  );
});
