import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createIdentities } from "../src/identities.ts";
import type { FuzzResult } from "../src/run-fuzz.ts";
import { sha256, signHead } from "../src/sigv4.ts";
import { toBytes } from "../src/wire-request.ts";

// The real command on the real gateway. It takes some seconds: two gateways are started, and thousands of requests are sent.

const mainFile = join(import.meta.dirname, "../src/main.ts");
const seed = Number(process.env.STAVE_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** It needs the addresses 127.0.0.0/8, and /proc. */
const isElsewhere = process.platform !== "linux";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "stave-fuzz-test-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test.skipIf(isElsewhere)(
  `security S34: whatever comes to the port, it stays up and lets nobody do what they may not (seed ${seed})`,
  async () => {
    const file = join(directory, "result.json");

    const { code, output } = await fuzz(["--requests", "2000", "--seed", String(seed), "--json", file]);

    expect(code, output).toBe(0);
    const result = JSON.parse(await readFile(file, "utf8")) as Omit<FuzzResult, "statuses"> & {
      readonly statuses: Readonly<Record<string, number>>;
    };
    expect(result.requests).toBe(2000);
    // The point is hostile content: enough of it must have got past the HTTP parser, and past the signature.
    for (const status of ["200", "204", "400", "403", "404", "501"])
      expect(result.statuses[status]).toBeGreaterThan(20);
    const missing = (await operationsOf()).filter((operation) => !result.operations.includes(operation));
    expect(missing).toEqual([]);
  },
  180_000,
);

test.skipIf(isElsewhere)(
  "a finding is sent again byte for byte, with signatures that are good again",
  async () => {
    const file = join(directory, "finding.json");
    const { fuzz: identity } = createIdentities(5);
    const signedAt = new Date(Date.now() - 3_600_000);
    const request = {
      method: "GET",
      target: "/fuzz/k",
      headers: [["host", "s3.fuzz.example"] as const],
      body: Buffer.alloc(0),
    };
    const signed = signHead(request, { identity, payloadHash: sha256(""), at: signedAt });
    const pieces = [toBytes(signed.request).toString("base64")];
    const finding = { seed: 5, signedAt: signedAt.toISOString(), ending: { kind: "keep", answers: 1 }, pieces };
    await writeFile(file, JSON.stringify(finding));

    const { code, output } = await fuzz(["--replay", file]);

    expect(output).toContain("HTTP/1.1 200 OK");
    expect(output).toContain("Nothing found.");
    expect(code).toBe(0);
  },
  180_000,
);

test.each([
  { args: ["--requests", "none"], says: "whole number" },
  { args: ["--replay", "/nowhere.json"], says: "to be a finding" },
])("$args ends with 2 and says why", { timeout: 30_000 }, async ({ args, says }) => {
  const { code, output } = await fuzz(args);

  expect(output).toContain(says);
  expect(code).toBe(2);
});

/** The names in the route table of the gateway: each must be tried. */
async function operationsOf(): Promise<readonly string[]> {
  const routes = join(import.meta.dirname, "../../../apps/gateway/src/routing/routes.ts");
  const text = await readFile(routes, "utf8");
  return [...text.matchAll(/operation: "(\w+)"/g)].map(([, name = ""]) => name);
}

function fuzz(args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  const command = ["--conditions=@stave/source", mainFile, "--findings", join(directory, "findings"), ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}
