import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { BackupProblem, ServiceRecord } from "@stave/control-database";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { ApiContext } from "../context.ts";
import { createS3Client } from "../services/s3-client.ts";
import { applySettings } from "./apply-settings.ts";

// An engine that has nothing yet, takes what it knows, and says of the rest that it does not.

let refused: ReadonlySet<string> = new Set();
const taken: string[] = [];
const engine = createServer((request, response) => {
  const setting = new URL(request.url ?? "", "http://engine").search.slice(1).replace(/[=&].*/, "");
  const isTaken = request.method === "PUT" && !refused.has(setting);
  if (isTaken) taken.push(setting);
  request.resume();
  const xml = "<Error><Code>NotImplemented</Code><Message>It does not know this.</Message></Error>";
  response.writeHead(isTaken ? 200 : 501, { "content-type": "application/xml" }).end(isTaken ? "" : xml);
});
let client: ReturnType<typeof createS3Client>;
beforeAll(async () => {
  await new Promise<void>((resolve) => engine.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(engine.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: "AKIAROOT", secretAccessKey: "root-secret" };
  client = createS3Client({ endpoint, region: "us-east-1", credentials });
});
beforeEach(() => {
  refused = new Set();
  taken.length = 0;
});
afterAll(() => {
  client.destroy();
  engine.close();
});

const settings = {
  tags: { tags: { of: "ann" } },
  "public-access-block": {
    blockPublicAcls: true,
    ignorePublicAcls: true,
    blockPublicPolicy: true,
    restrictPublicBuckets: true,
  },
  policy: { Version: "2012-10-17", Statement: [] },
};
const bucket = {
  name: "album",
  target: "album",
  line: { type: "bucket" as const, bucket: "album", settings, unread: [] },
};
const service = { engine: "custom" } as ServiceRecord;

async function apply(onLost?: (problem: BackupProblem) => void): Promise<void> {
  const { signal } = new AbortController();
  await applySettings({} as ApiContext, { service, client, signal, ...(onLost && { onLost }) }, bucket);
}

test("what another engine does not take is told, and the rest is taken", async () => {
  refused = new Set(["tagging"]);
  const lost: BackupProblem[] = [];

  await apply((problem) => lost.push(problem));

  expect(taken).toEqual(["publicAccessBlock", "policy"]);
  expect(lost).toMatchObject([{ bucket: "album", code: "NotTaken", reason: expect.stringContaining("tags") }]);
});

test("a policy is not taken where the block that restrains it is not", async () => {
  refused = new Set(["publicAccessBlock"]);
  const lost: BackupProblem[] = [];

  await apply((problem) => lost.push(problem));

  expect(taken).toEqual(["tagging"]);
  expect(lost.map(({ reason }) => reason)).toEqual([
    expect.stringContaining("public-access-block"),
    expect.stringContaining("policy"),
  ]);
});

test("where everything must be as it was, the first that is refused ends it", async () => {
  refused = new Set(["tagging"]);

  await expect(apply()).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining("setting tags") });
});
