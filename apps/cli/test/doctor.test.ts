import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startApi, type TestApi } from "../../api/test/support/start-api.ts";
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

// Each runs several processes, one after the other.
vi.setConfig({ testTimeout: 60_000 });

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
    test(title, async () => {
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

  test("lets no large body through", async () => {
    await through({ maxBodyBytes: 1024 ** 2 }, async ({ port }) => {
      const { code, stdout } = await runStave(["doctor", "--endpoint", `http://127.0.0.1:${port}`], {
        env: { STAVE_CONFIG_DIR: home, ...keyOf(ann) },
      });

      expect(code).toBe(1);
      expect(stdout).toMatch(/^fail +a body of 100 MiB: A proxy refuses it: 413\.\n +cure: .*client_max_body_size 0/m);
    });
  });
});

describe("what is wrong with the client", () => {
  test("another region: the right one is named, and used for the other checks", async () => {
    const { code, of, checks } = await doctor(gateway.endpoint, ["--region", "eu-west-1"]);

    expect(of("region")).toMatchObject({
      status: "fail",
      detail: "The server is in us-east-1, and the region here is eu-west-1.",
      cure: expect.stringContaining("--region us-east-1"),
    });
    expect(checks.filter(({ status }) => status === "fail")).toHaveLength(1);
    expect(code).toBe(1);
  });

  test("no key: what needs none is looked at", async () => {
    const { code, of } = await doctor(gateway.endpoint, [], {});

    expect(of("reachable")).toMatchObject({ status: "ok" });
    expect(of("signature")).toMatchObject({ status: "skipped" });
    expect(code).toBe(0);
  });

  test("a key that the server does not know", async () => {
    const { of } = await doctor(gateway.endpoint, [], { ...keyOf(ann), AWS_ACCESS_KEY_ID: "AKIAUNKNOWN000000000" });

    expect(of("signature")).toMatchObject({
      status: "fail",
      detail: "The server does not know the key AKIAUNKNOWN000000000.",
    });
  });

  test("nobody there", async () => {
    const { code, of } = await doctor("http://127.0.0.1:1");

    expect(of("reachable")).toMatchObject({ status: "fail", detail: expect.stringContaining("Connection refused") });
    expect(of("signature")).toMatchObject({ status: "skipped" });
    expect(code).toBe(1);
  });

  test("a bucket that is not there, or that the key may not write to", async () => {
    await createS3Client(gateway).call({ method: "PUT", path: "/of-ann" });

    expect((await doctor(gateway.endpoint, ["--bucket", "nowhere"])).of("permissions")).toMatchObject({
      status: "fail",
      detail: "There is no bucket nowhere.",
    });
    const { of, code } = await doctor(gateway.endpoint, ["--bucket", "of-ann"], keyOf(bob));
    expect(of("permissions")).toMatchObject({ status: "fail", detail: expect.stringContaining("403 AccessDenied") });
    expect(of("presigned")).toMatchObject({ status: "skipped" });
    expect(code).toBe(1);
  });
});

test("a bucket that is named is left as it was, with its versions", async () => {
  const client = createS3Client(gateway);
  await client.call({ method: "PUT", path: "/versioned" });
  const body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
  await client.call({ method: "PUT", path: "/versioned", query: { versioning: "" }, body });
  await client.call({ method: "PUT", path: "/versioned/mine", body: "mine" });
  const versions = async () => (await client.call({ path: "/versioned", query: { versions: "" } })).text;
  const before = await versions();

  const { code, of } = await doctor(gateway.endpoint, ["--bucket", "versioned", "--origin", "https://app.example"]);

  expect(of("cors")).toMatchObject({
    status: "fail",
    detail: expect.stringContaining("https://app.example is refused"),
  });
  expect(of("clean-up")).toMatchObject({ status: "ok" });
  expect(code).toBe(1);
  expect(await versions()).toBe(before);
});

test("buckets in the host name are tried below localhost", async () => {
  const { of } = await doctor(`http://localhost:${gateway.port}`);

  expect(of("virtual-host")).toMatchObject({ status: "ok" });
});

describe("a certificate", () => {
  const openssl = promisify(execFile);

  async function certificate({ name, days }: { readonly name: string; readonly days: number }) {
    const [key, cert] = [join(home, `${name}.key`), join(home, `${name}.pem`)];
    await openssl("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key],
      ...["-out", cert, "-days", String(days), "-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`],
    ]);
    return { file: cert, tls: { key: await readFile(key, "utf8"), cert: await readFile(cert, "utf8") } };
  }

  test("that nobody knows, for another name, or about to expire is told with the cure", async () => {
    const good = await certificate({ name: "localhost", days: 90 });
    const soon = await certificate({ name: "localhost.soon", days: 5 });
    await through({ tls: good.tls }, async ({ port }) => {
      const trusting = { ...keyOf(ann), NODE_EXTRA_CA_CERTS: good.file };

      expect((await doctor(`https://localhost:${port}`)).of("tls")).toMatchObject({
        status: "fail",
        detail: expect.stringContaining("not trusted here (DEPTH_ZERO_SELF_SIGNED_CERT)"),
        cure: expect.stringContaining("NODE_EXTRA_CA_CERTS"),
      });
      expect((await doctor(`https://127.0.0.1:${port}`, [], trusting)).of("tls")).toMatchObject({
        status: "fail",
        detail: "The certificate is for localhost, not for 127.0.0.1.",
      });
      const { of } = await doctor(`https://localhost:${port}`, [], trusting);
      expect(of("tls")).toMatchObject({ status: "ok", detail: expect.stringContaining("TLSv1.3") });
      // The proxy says nothing about https, and the gateway would not believe it.
      expect(of("forwarded")).toMatchObject({ status: "warn", cure: expect.stringContaining("--trusted-proxies") });
    });
    await through({ tls: soon.tls }, async ({ port }) => {
      const { of } = await doctor(`https://localhost:${port}`, [], { NODE_EXTRA_CA_CERTS: soon.file });

      expect(of("tls")).toMatchObject({ status: "fail", detail: expect.stringContaining("is for localhost.soon") });
    });
  });
});

describe("on the machine of the server", () => {
  test("its directory, disk and key file are looked at", async () => {
    const { of } = await doctor(gateway.endpoint, ["--data-dir", gateway.dataDirectory], {
      DOCKER_HOST: `unix://${join(home, "no-docker.sock")}`,
    });

    expect(of("data-directory")).toMatchObject({ status: "ok" });
    expect(of("disk")?.detail).toMatch(/^[\d.]+ [KMGT]iB of [\d.]+ [KMGT]iB are free\.$/);
    expect(of("key-file")).toMatchObject({ status: "ok" });
    expect(of("docker")).toMatchObject({ status: "warn", detail: expect.stringContaining("no-docker.sock") });
  });

  test("a key file that others can read fails", async () => {
    const directory = join(home, "data");
    await mkdir(directory);
    await writeFile(join(directory, "encryption_key"), "0".repeat(32));
    await chmod(join(directory, "encryption_key"), 0o644);
    const { code, of } = await doctor(gateway.endpoint, ["--data-dir", directory], {});

    expect(of("key-file")).toMatchObject({ status: "fail", cure: expect.stringContaining("chmod 600") });
    expect(code).toBe(1);
  });
});

describe("with the api", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi(gateway);
  });
  afterAll(() => api?.stop());
  const signedIn = () => ({ STAVE_URL: api.endpoint, STAVE_TOKEN: api.token });

  test("what the server has made of the signature is told", async () => {
    await through({ request: renamed }, async ({ port }) => {
      const { of } = await doctor(`http://127.0.0.1:${port}`, [], { ...keyOf(ann), ...signedIn() });

      expect(of("signature")).toMatchObject({
        status: "fail",
        server: [`Signed was "host:127.0.0.1:${port}", and the server got "host:storage.internal:9000".`],
      });
      expect(of("api")).toMatchObject({ status: "warn", detail: expect.stringContaining("has no user yet") });
    });
  });

  test("a wrong secret is told from a proxy that meddles", async () => {
    const { of } = await doctor(gateway.endpoint, [], { ...keyOf(ann), AWS_SECRET_ACCESS_KEY: "wrong", ...signedIn() });

    expect(of("signature")).toMatchObject({ server: [expect.stringContaining("got exactly what was signed")] });
  });

  const why = (...args: string[]) => runStave(["why", ...args], { env: { STAVE_CONFIG_DIR: home, ...signedIn() } });

  test("why explains a refused request, and lists the newest ones", async () => {
    const client = createS3Client(gateway);
    await client.call({ method: "PUT", path: "/of-ann" });
    await client.call({ method: "PUT", path: "/of-ann/secret%1B.txt", body: "secret" });
    const refused = await client.call({ path: "/of-ann/secret%1B.txt", account: bob });
    const id = refused.headers["x-amz-request-id"] ?? "";

    const explained = await why(id.toLowerCase());
    expect(explained).toMatchObject({ code: 0, stderr: "" });
    expect(explained.stdout).toMatch(/^403 AccessDenied: /);
    expect(explained.stdout).toMatch(/Nothing allows s3:GetObject on of-ann\/secret/);
    expect(explained.stdout).not.toContain("\u001b");
    expect((await why(id, "--json")).json()).toMatchObject({ requestId: id, code: "AccessDenied", status: 403 });

    const listed = await why("--recent", "--key", bob.accessKeyId, "--json");
    expect(listed.json()[0]).toMatchObject({ requestId: id, operation: "GetObject" });
    expect((await why("--recent")).stdout).toMatch(new RegExp(`^REQUEST .*\\n${id} .*403 AccessDenied`));
    expect(await why("--recent", "--code", "NoSuchThing")).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "No refusal is kept.\n",
    });
  });

  test("why says what it needs, and what it does not know", async () => {
    expect(await why()).toMatchObject({ code: 2, stdout: "" });
    expect(await why("xyz")).toMatchObject({ code: 2, stderr: expect.stringContaining("16 hex digits") });
    expect(await why("0000000000000000")).toMatchObject({ code: 5, stdout: "" });
    const anonymous = await runStave(["why", "--recent"], { env: { STAVE_CONFIG_DIR: home, STAVE_URL: api.endpoint } });
    expect(anonymous).toMatchObject({ code: 4, stdout: "" });
  });
});
