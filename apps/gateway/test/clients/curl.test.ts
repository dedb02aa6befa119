import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documentedSettings } from "../support/documented-settings.ts";
import { elementTexts } from "../support/element-texts.ts";
import { findClient } from "../support/find-client.ts";
import { logTroubles } from "../support/log-troubles.ts";
import { runClient } from "../support/run-client.ts";
import { sampleBytes } from "../support/sample-files.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const curlClient = findClient({ command: "curl", probe: ["--version"], install: "curl" });

const content = sampleBytes({ seed: "curl", sizeBytes: 3_000_000 });

describe.skipIf(curlClient.isMissing)("curl --aws-sigv4", () => {
  let gateway: TestGateway;
  let home: string;
  /** With the options of the documented command, but for what it uploads. */
  const curl = async (path: string, args: readonly string[] = [], input?: Buffer) => {
    const { options } = documentedCommand(gateway);
    const { stdout } = await runClient(
      curlClient.command,
      ["-sS", "--write-out", "\n%{http_code}", ...options, ...args, `${gateway.endpoint}${path}`],
      { home, ...(input !== undefined && { input }) },
    );
    const [text = "", status = ""] = stdout.split(/\n(?=\d{3}$)/);
    return { text, status: Number(status) };
  };

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "stave-curl-"));
    gateway = await startGateway();
    await writeFile(join(home, "file.bin"), content);
    await curl("/bucket", ["--request", "PUT"]);
  }, 60_000);
  afterAll(async () => {
    await gateway?.stop();
    await rm(home, { recursive: true, force: true });
    expect(logTroubles(gateway?.log() ?? "")).toEqual([]);
  });

  test("uploads a file as documented, and gets it back whole or in ranges", async () => {
    const { options, rest } = documentedCommand(gateway);
    await runClient(curlClient.command, ["-sS", "--fail", ...options, ...rest], { home });

    await curl("/bucket/file.bin", ["--output", "whole.bin"]);
    await curl("/bucket/file.bin", ["--range", "1000000-2000000", "--output", "range.bin"]);

    expect((await readFile(join(home, "whole.bin"))).equals(content)).toBe(true);
    expect((await readFile(join(home, "range.bin"))).equals(content.subarray(1_000_000, 2_000_001))).toBe(true);
  });

  test("uploads from a pipe, without a length", async () => {
    const put = await curl("/bucket/a%20b%2B%C3%BC.bin", ["--upload-file", "-"], content);
    await curl("/bucket/a%20b%2B%C3%BC.bin", ["--output", "piped.bin"]);

    expect(put).toEqual({ status: 200, text: "" });
    expect((await readFile(join(home, "piped.bin"))).equals(content)).toBe(true);
  });

  test("signs the body too where it is told its hash", async () => {
    const sha256 = createHash("sha256").update(content).digest("hex");
    const { options } = documentedCommand(gateway);
    const signed = options.map((option) => option.replace("UNSIGNED-PAYLOAD", sha256));
    const wrong = options.map((option) => option.replace("UNSIGNED-PAYLOAD", "0".repeat(64)));
    const put = async (key: string, how: readonly string[]) => {
      const args = ["-sS", ...how, "--upload-file", "file.bin", `${gateway.endpoint}/bucket/${key}`];
      return (await runClient(curlClient.command, args, { home })).stdout;
    };

    expect(await put("signed.bin", signed)).toBe("");
    expect(await put("wrong.bin", wrong)).toContain("<Code>XAmzContentSHA256Mismatch</Code>");
    expect((await curl("/bucket/wrong.bin")).status).toBe(404);
  });

  test("lists, and deletes one and many", async () => {
    for (const key of ["list/a", "list/b", "list/c"]) await curl(`/bucket/${key}`, ["--upload-file", "file.bin"]);

    const before = await curl("/bucket?list-type=2&prefix=list%2F");
    const one = await curl("/bucket/list/b", ["--request", "DELETE"]);
    const document = "<Delete><Object><Key>list/a</Key></Object></Delete>";
    const md5 = createHash("md5").update(document).digest("base64");
    const many = await curl("/bucket?delete=", ["--data-binary", document, "--header", `content-md5: ${md5}`]);
    const after = await curl("/bucket?list-type=2&prefix=list%2F");

    expect(elementTexts(before.text, "Key")).toEqual(["list/a", "list/b", "list/c"]);
    expect(one).toEqual({ status: 204, text: "" });
    expect([many.status, elementTexts(many.text, "Key")]).toEqual([200, ["list/a"]]);
    expect(elementTexts(after.text, "Key")).toEqual(["list/c"]);
  });
});

/** The command of docs/clients.md, without its name: the options that sign, and what it does. */
function documentedCommand(gateway: TestGateway) {
  const line = documentedSettings({ client: "curl", language: "sh" }, gateway).replaceAll("\\\n", "");
  const [, ...words] = Array.from(line.matchAll(/"([^"]*)"|\S+/g), ([word, quoted]) => quoted ?? word);
  const at = words.indexOf("--upload-file");
  return { options: words.slice(0, at), rest: words.slice(at) };
}
