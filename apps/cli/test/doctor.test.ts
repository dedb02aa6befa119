import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createS3Client } from "../../gateway/test/support/s3-client.ts";
import { ann, bob, startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import type { Result } from "../src/doctor/check.ts";
import { type Head, type Meddling, type MeddlingProxy, startMeddlingProxy } from "./support/meddling-proxy.ts";
import { runStave } from "./support/run-stave.ts";

let gateway: TestGateway;
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "stave-cli-"));
  gateway = await startGateway();
});

afterAll(async () => {
  await gateway?.stop();
  await rm(home, { recursive: true });
});

const keyOf = ({ accessKeyId, secretAccessKey }: typeof ann) => ({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
});

async function doctor(endpoint: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = keyOf(ann)) {
  const run = await runStave(["doctor", "--endpoint", endpoint, "--json", "--quick", ...args], {
    env: { STAVE_CONFIG_DIR: home, ...env },
    cwd: home,
  });
  const checks: readonly Result[] = run.stdout === "" ? [] : run.json().checks;
  return { ...run, checks, of: (name: string) => checks.find(({ check }) => check === name) };
}

async function through(meddling: Meddling, work: (proxy: MeddlingProxy) => Promise<void>): Promise<void> {
  const proxy = await startMeddlingProxy(gateway.port, meddling);
  try {
    await work(proxy);
  } finally {
    await proxy.close();
  }
}

const listBuckets = async () => (await createS3Client(gateway).call({ path: "/" })).text;

test("a server without faults passes every check, and nothing stays behind", async () => {
  const before = await listBuckets();
  const { code, checks, stderr } = await doctor(gateway.endpoint);

  expect(checks.filter(({ status }) => status === "fail" || status === "warn")).toMatchObject([
    { check: "presign-host", status: "warn" },
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(await listBuckets()).toBe(before);
});

const withHeaders =
  (change: (headers: Readonly<Record<string, string>>) => Record<string, string>) =>
  (head: Head): Head => ({ ...head, headers: change(head.headers) });
const without =
  (name: string) =>
  ({ [name]: _, ...rest }: Readonly<Record<string, string>>) =>
    rest;
/** As a proxy that puts its server's name in. */
const renamed = withHeaders((headers) => ({ ...headers, host: "storage.internal:9000" }));
const toObject = ({ target }: Head) => /^\/[^/?]+\/./.test(target);
const weakTag = (headers: Record<string, string>) =>
  headers.etag === undefined ? headers : { ...headers, etag: `W/${headers.etag}` };

const brokenProxies: readonly {
  readonly title: string;
  readonly meddling: Meddling;
  readonly check: string;
  readonly status?: "fail" | "warn";
  readonly detail: RegExp;
  readonly cure: RegExp;
}[] = [
  {
    title: "puts another Host in",
    meddling: { request: renamed, response: (headers) => ({ ...headers, server: "nginx/1.22.1" }) },
    check: "signature",
    detail: /403 SignatureDoesNotMatch/,
    cure: /A proxy \(nginx\) answers: let the proxy pass on Host: 127\.0\.0\.1:\d+ .*proxy_set_header Host \$http_host/,
  },
  {
    title: "drops the Authorization header",
    meddling: { request: withHeaders(without("authorization")) },
    check: "signature",
    detail: /as if it had no signature/,
    cure: /pass on the Authorization header/,
  },
  {
    title: "sends clients to https",
    meddling: {
      answers: ({ headers }) => ({ status: 301, headers: { location: `https://${headers.host}/` } }),
    },
    check: "reachable",
    detail: /301 and sends clients to https:\/\//,
    cure: /Use https:\/\/127\.0\.0\.1:\d+ as the endpoint/,
  },
  {
    title: "finds no server behind it",
    meddling: { answers: () => ({ status: 502 }) },
    check: "reachable",
    detail: /502: a proxy listens there/,
    cure: /Start the server/,
  },
  {
    title: "serves a web page",
    meddling: { answers: () => ({ status: 200, headers: { "content-type": "text/html" } }) },
    check: "reachable",
    detail: /not as S3 does/,
    cure: /not of a web page/,
  },
  {
    title: "decodes paths",
    meddling: { request: (head) => ({ ...head, target: head.target.replaceAll("%2B", "+").replaceAll("%25", "%") }) },
    check: "keys",
    detail: /A key with .* \(a%2Fb\) is refused: 403 SignatureDoesNotMatch/,
    cure: /neither decoded nor tidied up .*merge_slashes off/,
  },
  {
    title: "merges slashes",
    meddling: { request: (head) => ({ ...head, target: head.target.replaceAll(/\/{2,}/g, "/") }) },
    check: "keys",
    detail: /A key with \/\/ \(a\/\/b\)/,
    cure: /merge_slashes off/,
  },
  {
    title: "drops names with underscores",
    meddling: { request: withHeaders((headers) => without("x-amz-meta-with_underscore")(headers)) },
    check: "headers",
    detail: /x-amz-meta-with_underscore signed is refused/,
    cure: /underscores_in_headers on/,
  },
  {
    title: "changes Accept-Encoding",
    meddling: { request: withHeaders((headers) => ({ ...headers, "accept-encoding": "gzip" })) },
    check: "headers",
    detail: /accept-encoding signed is refused: 403/,
    cure: /Accept-Encoding as it came/,
  },
  {
    title: "does not pass on metadata of answers",
    meddling: { response: (headers) => without("x-amz-meta-doctor")(headers) },
    check: "headers",
    detail: /x-amz-meta-doctor does not come back/,
    cure: /x-amz-/,
  },
  {
    title: "drops conditions",
    meddling: {
      request: (head) => (head.method === "GET" ? withHeaders(without("if-none-match"))(head) : head),
    },
    check: "conditions",
    detail: /If-None-Match is answered with 200 instead of 304/,
    cure: /If-None-Match and If-Match/,
  },
  {
    title: "compresses answers",
    meddling: { compresses: true },
    check: "answers",
    detail: /came compressed \(gzip\)/,
    cure: /gzip off/,
  },
  {
    title: "weakens the ETag",
    meddling: { response: weakTag },
    check: "answers",
    detail: /weakened to W\//,
    cure: /what changes bodies/,
  },
  {
    title: "drops Content-Length",
    meddling: { response: (headers, { method }) => (method === "GET" ? without("content-length")(headers) : headers) },
    check: "answers",
    detail: /Content-Length of GET is missing/,
    cure: /keep it/,
  },
  {
    title: "never says 100 Continue",
    meddling: { expect: "held" },
    check: "continue",
    detail: /Nobody says 100 Continue/,
    cure: /100-continue/,
  },
  {
    title: "says 100 Continue by itself",
    meddling: { expect: "answered" },
    check: "continue",
    status: "warn",
    detail: /answered by a proxy before/,
    cure: /only bandwidth/,
  },
  {
    title: "refuses Expect",
    meddling: { answers: ({ headers }) => (headers.expect === undefined ? undefined : { status: 417 }) },
    check: "continue",
    detail: /refused: 417/,
    cure: /not refuse it/,
  },
  {
    title: "drops the announcement of trailers",
    meddling: { request: withHeaders(without("x-amz-trailer")) },
    check: "chunked",
    detail: /aws-chunked with x-amz-trailer\) is refused/,
    cure: /x-amz-trailer and the body as they came/,
  },
  {
    title: "cuts the query off links",
    meddling: {
      request: (head) =>
        head.target.includes("X-Amz-Signature") ? { ...head, target: head.target.split("?")[0] ?? "" } : head,
    },
    check: "presigned",
    detail: /A presigned PUT is refused: 403/,
    cure: /the query as it came/,
  },
  {
    title: "asks with GET where clients say HEAD",
    meddling: { request: (head) => (head.method === "HEAD" && toObject(head) ? { ...head, method: "GET" } : head) },
    check: "presigned",
    detail: /A presigned HEAD is refused/,
    cure: /proxy_cache_convert_head off/,
  },
  {
    title: "answers preflights itself",
    meddling: { answers: ({ method }) => (method === "OPTIONS" ? { status: 405 } : undefined) },
    check: "cors",
    detail: /preflight .* is refused: 405/,
    cure: /pass on OPTIONS/,
  },
  {
    title: "adds headers of CORS that are there already",
    meddling: {
      response: (headers) =>
        headers["access-control-allow-origin"] === undefined
          ? headers
          : { ...headers, "access-control-allow-origin": `${headers["access-control-allow-origin"]}, *` },
    },
    check: "cors",
    detail: /comes twice/,
    cure: /Let only the server say it/,
  },
  {
    title: "has a clock that is twenty minutes off",
    meddling: {
      response: (headers) => ({ ...headers, date: new Date(Date.now() - 20 * 60_000).toUTCString() }),
    },
    check: "clock",
    detail: /1[12]\d\d s ahead of the server's\. Signatures are refused/,
    cure: /NTP/,
  },
];

describe("a proxy that breaks one thing is found by the check for it, with the cure", () => {
  for (const { title, meddling, check, status = "fail", detail, cure } of brokenProxies) {
    test(title, { timeout: 30_000 }, async () => {
      const before = await listBuckets();
      await through(meddling, async ({ port }) => {
        const { code, checks, of } = await doctor(`http://127.0.0.1:${port}`);

        expect(of(check)).toMatchObject({
          status,
          detail: expect.stringMatching(detail),
          cure: expect.stringMatching(cure),
        });
        const first = checks.find((one) => one.status === "fail");
        if (status === "fail") expect(first?.check).toBe(check);
        expect(code).toBe(status === "fail" ? 1 : 0);
      });
      expect(await listBuckets()).toBe(before);
    });
  }

  test("lets no large body through", { timeout: 60_000 }, async () => {
    await through({ maxBodyBytes: 1024 ** 2 }, async ({ port }) => {
      const { code, stdout } = await runStave(["doctor", "--endpoint", `http://127.0.0.1:${port}`], {
        env: { STAVE_CONFIG_DIR: home, ...keyOf(ann) },
      });

      expect(code).toBe(1);
      expect(stdout).toMatch(/^fail +a body of 100 MiB: A proxy refuses it: 413\.\n +cure: .*client_max_body_size 0/m);
    });
  });
});
