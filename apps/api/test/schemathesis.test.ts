import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Permission, permissions, permissionsOfRole } from "@stave/api-contract";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findClient } from "../../gateway/test/support/find-client.ts";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { startApi, type TestApi } from "./support/start-api.ts";

const schemathesis = findClient({
  command: process.env.STAVE_TEST_SCHEMATHESIS ?? "schemathesis",
  probe: ["--version"],
  install: "what .ci/requirements-schemathesis.txt lists, and name it in STAVE_TEST_SCHEMATHESIS",
});

const files = ["schemathesis.toml", "exceptions.py"];
/** The long one ends by itself, with what it has found until then. */
const amounts = {
  much: ["--phases", "coverage,fuzzing,stateful", "--max-examples", "10", "--max-time", "60"],
  little: ["--phases", "fuzzing", "--max-examples", "2"],
};
/** For longer runs by hand: other seeds, other budgets. The last one of two options counts. */
const more = (process.env.STAVE_TEST_SCHEMATHESIS_ARGS ?? "").split(" ").filter((text) => text !== "");
const patienceMs = 60_000 + 1000 * Math.max(120, 2 * Number(more[more.indexOf("--max-time") + 1] ?? 0) || 0);

// A minute, since it is thousands of requests: every operation with values at and beyond the limits of its schema, with random
// ones, and in sequences where one answer has what the next request needs.
describe.skipIf(schemathesis.isMissing)("every answer is one that the OpenAPI document describes", () => {
  let home: string;
  let gateway: TestGateway;
  let api: TestApi;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "stave-schemathesis-"));
    gateway = await startGateway({ workers: 1 });
    api = await startApi(gateway, { args: ["--rate-limit", "1000000", "--trusted-proxies", "127.0.0.1"] });
  }, 60_000);
  afterEach(async () => {
    await api?.stop();
    await gateway?.stop();
    await rm(home, { recursive: true, force: true });
  });

  test.each([
    ["who may do everything", permissions, amounts.much],
    ["a viewer", permissionsOfRole.viewer, amounts.little],
  ])(
    "for %s",
    async (name, given, amount) => {
      const { code, output } = await run({ name, given, amount });

      expect(output).toMatch(/Test cases:\n {2}\d+ generated, \d+ passed/);
      expect(code, output.slice(output.indexOf("FAILURES")).slice(0, 20_000)).toBe(0);
    },
    patienceMs,
  );

  /** With a token of its own, which it does not revoke. */
  async function run({
    name,
    given,
    amount,
  }: {
    name: string;
    given: readonly Permission[];
    amount: readonly string[];
  }) {
    const json = { name, permissions: given };
    const { body } = await api.call("/api/tokens", { method: "POST", json });
    for (const file of files) await copyFile(join(import.meta.dirname, "schemathesis", file), join(home, file));
    const child = spawn(
      schemathesis.command,
      [
        ...["--config-file", "schemathesis.toml", "run", `${api.endpoint}/api/openapi.json`],
        ...["--header", `Authorization: Bearer ${body.data.token}`],
        ...["--seed", "1", "--generation-database", "none", "--no-color", ...amount, ...more],
      ],
      {
        cwd: home,
        env: { PATH: process.env.PATH, HOME: home, LANG: "C.UTF-8", STAVE_TEST_TOKEN_ID: body.data.id },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    const kill = () => child.kill("SIGKILL");
    process.once("exit", kill);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    const [code] = await once(child, "close");
    process.off("exit", kill);
    return { code, output };
  }
});
