import { createHmac } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import type { ControlDatabase } from "@stave/control-database";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { startWebhookReceiver, type WebhookReceiver } from "../../gateway/test/support/webhook-receiver.ts";
import { openDatabaseOf, until, untilEnded } from "./support/jobs-of.ts";
import { type KubernetesServer, startKubernetesServer } from "./support/kubernetes-server.ts";
import { startApi, type TestApi } from "./support/start-api.ts";

let gateway: TestGateway;
let api: TestApi;
let database: ControlDatabase;
let receiver: WebhookReceiver;
let kubernetes: KubernetesServer;
let scratch = "";
let sinks = "";
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "stave-sinks-"));
  sinks = join(scratch, "sinks");
  await mkdir(sinks);
  kubernetes = await startKubernetesServer(["apps"]);
  receiver = await startWebhookReceiver();
  gateway = await startGateway({ workers: 1 });
  const kubeconfig = join(scratch, "kubeconfig");
  await writeFile(kubeconfig, stringify(kubeconfigOf(kubernetes)));
  api = await startApi(gateway, {
    args: ["--sinks-dir", sinks, "--kubeconfig", kubeconfig, "--allow-private-addresses"],
  });
  database = await openDatabaseOf(gateway);
}, 60_000);
afterAll(async () => {
  await database?.close();
  await api?.stop();
  await gateway?.stop();
  await kubernetes?.close();
  await receiver?.close();
  await rm(scratch, { recursive: true, force: true });
});

const post = (path: string, json: unknown = {}) => api.call(path, { method: "POST", json });
const pathOf = (project: string, rest = "") => `/api/external-services/1/projects/${project}${rest}`;

async function link(name: string): Promise<string> {
  const project = (await post("/api/projects", { name })).body.data.slug;
  const { body } = await post("/api/external-services/1/projects", { project_id: project });
  expect((await untilEnded(database, body.job_id)).state).toBe("completed");
  return project;
}

/** Adds a sink, and waits until it was tried. */
async function add(project: string, sink: object) {
  const answer = await post(pathOf(project, "/sinks"), sink);
  expect([answer.status, answer.body.detail]).toEqual([202, undefined]);
  const { id } = answer.body.sink;
  const tried = await until(async () => {
    const found = await find(project, id);
    return found?.rendered_at === null && found.error === null ? undefined : found;
  });
  return { ...tried, id, secret: answer.body.secret };
}

async function find(project: string, id: string) {
  const { body } = await api.call(pathOf(project));
  return body.sinks.find((sink: { id: string }) => sink.id === id);
}

async function rotate(project: string) {
  const { body } = await post(pathOf(project, "/rotate"), { grace_seconds: 3600 });
  return await untilEnded(database, body.job_id);
}

async function unlink(project: string) {
  const { body } = await api.call(pathOf(project), { method: "DELETE" });
  return await untilEnded(database, body.job_id);
}

async function pull(project: string): Promise<Record<string, string>> {
  return JSON.parse((await api.call(`${pathOf(project, "/environment-file")}?format=json`)).body);
}

describe("a dotenv file", () => {
  test("has our block between the lines of others, belongs to its owner, and follows each rotation", async () => {
    const project = await link("File");
    const file = join(sinks, "shop.env");
    await writeFile(file, "BEFORE=1\n", { mode: 0o644 });
    const sink = await add(project, { kind: "dotenv", path: "shop.env" });
    expect(sink).toMatchObject({ is_current: true, error: null });

    const text = await readFile(file, "utf8");
    expect(text).toMatch(
      /^BEFORE=1\n# >>> stave link [0-9a-f]+ .*\nS3_ENDPOINT=[\s\S]*\n# <<< stave link [0-9a-f]+\n$/,
    );
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await writeFile(file, `${text}AFTER=2\n`);

    await rotate(project);
    expect(parseEnv(await readFile(file, "utf8"))).toEqual({ BEFORE: "1", ...(await pull(project)), AFTER: "2" });
    expect(await find(project, sink.id)).toMatchObject({ is_current: true });

    expect((await unlink(project)).result).toMatchObject({ warnings: [] });
    expect(await readFile(file, "utf8")).toBe("BEFORE=1\nAFTER=2\n");
  });

  test("has room for several links at once", async () => {
    const projects = await Promise.all(["Many One", "Many Two", "Many Three"].map(link));
    await Promise.all(projects.map((project) => add(project, { kind: "dotenv", path: "many.env" })));
    const text = await readFile(join(sinks, "many.env"), "utf8");
    expect(text.match(/^# >>> /gm)).toHaveLength(3);
    expect(text.match(/^# <<< /gm)).toHaveLength(3);
  });

  test.each([
    ["../outside.env"],
    ["/etc/outside.env"],
    ["a/../../outside.env"],
    ["a//b"],
    ["./a"],
    ["a\0b"],
    [""],
    ["x".repeat(600)],
  ])("at %j is refused", async (path) => {
    const answer = await post(pathOf("many-one", "/sinks"), { kind: "dotenv", path });
    expect([answer.status, answer.body.code]).toEqual([400, "INVALID_REQUEST"]);
  });

  test("is not written through symbolic links, into folders that are not there, or over something cut off", async () => {
    const project = await link("Links");
    await mkdir(join(scratch, "outside"));
    await symlink(join(scratch, "outside"), join(sinks, "out"));
    await writeFile(join(scratch, "target"), "x");
    await symlink(join(scratch, "target"), join(sinks, "linked.env"));
    const { id } = (await api.call(pathOf(project))).body;
    await writeFile(join(sinks, "cut.env"), `# >>> stave link ${id}\nS3_ENDPOINT=x\n`);

    for (const [path, reason] of [
      ["out/app.env", "not below"],
      ["linked.env", "symbolic link"],
      ["absent/app.env", "not there"],
      ["cut.env", "not its end"],
    ] as const) {
      expect((await add(project, { kind: "dotenv", path })).error).toContain(reason);
    }
    expect(await readFile(join(scratch, "target"), "utf8")).toBe("x");
    await expect(stat(join(scratch, "outside", "app.env"))).rejects.toThrow();
  });

  test("that cannot be written keeps the old key valid until somebody retires it", async () => {
    const project = await link("Stuck");
    const sink = await add(project, { kind: "dotenv", path: "absent/app.env" });
    const before = (await api.call(pathOf(project))).body;
    const job = await rotate(project);
    expect([job.state, job.problem?.code]).toEqual(["failed", "UNPROCESSABLE"]);
    const after = (await api.call(pathOf(project))).body;
    expect(after.previous_key).toEqual({
      access_key_id: before.access_key_id,
      expires_at: null,
      last_used_at: expect.toSatisfy((at) => at === null || typeof at === "string"),
    });
    expect((await database.as("test").accessKeys.find(before.access_key_id))?.expiresAt).toBeUndefined();

    // The next rotation that succeeds ends every older key.
    await mkdir(join(sinks, "absent"), { recursive: true });
    expect((await rotate(project)).state).toBe("completed");
    for (const { access_key_id } of [before, after]) {
      expect((await database.as("test").accessKeys.find(access_key_id))?.expiresAt).toBeDefined();
    }
    expect(await find(project, sink.id)).toMatchObject({ is_current: true, error: null });
  });
});

describe("a Secret of Kubernetes", () => {
  const place = "/api/v1/namespaces/apps/secrets";
  const decoded = (name: string) => {
    const { data = {} } = kubernetes.secrets.get(`${place}/${name}`) ?? {};
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
    );
  };
  const sinkOf = (name: string, more: object = {}) => ({ kind: "kubernetes", namespace: "apps", name, ...more });

  test("has the variables, follows each rotation, and goes with the link", async () => {
    const project = await link("Cluster");
    await add(project, sinkOf("cluster"));
    expect(decoded("cluster")).toEqual(await pull(project));
    await rotate(project);
    expect(decoded("cluster")).toEqual(await pull(project));
    expect((await unlink(project)).result).toMatchObject({ warnings: [] });
    expect(kubernetes.secrets.has(`${place}/cluster`)).toBe(false);
  });

  test.each([
    ["flat", ["ACCESS_KEY", "SECRET_KEY", "ENDPOINT", "REGION", "BUCKET"]],
    [
      "aws",
      [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_S3",
      ],
    ],
    [
      "obc",
      ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "BUCKET_HOST", "BUCKET_PORT", "BUCKET_NAME", "BUCKET_REGION"],
    ],
  ])("has the keys of the format %s", async (format, names) => {
    const project = await link(`Format ${format}`);
    await add(project, sinkOf(`format-${format}`, { format }));
    expect(Object.keys(decoded(`format-${format}`))).toEqual(names);
    expect(Object.values(decoded(`format-${format}`))).not.toContain("");
  });

  test("keeps the keys of others, and takes theirs over only when that is said", async () => {
    const project = await link("Conflict");
    const path = `${place}/conflict`;
    const theirs = Buffer.from("theirs").toString("base64");
    expect(kubernetes.apply(path, "helm", { S3_REGION: theirs, OTHER: theirs })).toBe(201);
    const refused = await add(project, sinkOf("conflict"));
    expect(refused.error).toContain(".data.S3_REGION");
    expect(decoded("conflict")).toEqual({ S3_REGION: "theirs", OTHER: "theirs" });

    await api.call(pathOf(project, `/sinks/${refused.id}`), { method: "DELETE" });
    const taken = await add(project, sinkOf("conflict", { force: true }));
    expect(taken.error).toBeNull();
    expect(decoded("conflict")).toMatchObject({ S3_REGION: "us-east-1", OTHER: "theirs" });

    await unlink(project);
    expect(decoded("conflict")).toEqual({ OTHER: "theirs" });
  });

  test.each([
    [401, "does not know who we are", {}],
    [403, "may not write", {}],
    [404, "no such namespace", { namespace: "nowhere" }],
  ])("that is answered with %i says so", async (status, reason, more) => {
    const project = await link(`Answer ${status}`);
    kubernetes.failWith = status === 404 ? undefined : status;
    const sink = await add(project, sinkOf("answer", more));
    kubernetes.failWith = undefined;
    expect(sink.error).toContain(reason);
  });

  test("is written when the server is there again", { timeout: 20_000 }, async () => {
    const project = await link("Again");
    kubernetes.failWith = 503;
    const sink = await add(project, sinkOf("again"));
    expect(sink.error).toContain("503");
    kubernetes.failWith = undefined;
    // The job tries again by itself, a second later.
    await until(async () => ((await find(project, sink.id)).is_current ? true : undefined));
    expect(decoded("again")).toEqual(await pull(project));
  });
});

describe("a webhook", () => {
  test("is signed, says what has changed, and holds values only when that is said", async () => {
    const project = await link("Hook");
    receiver.clear();
    const plain = await add(project, { kind: "webhook", url: receiver.url });
    const [request] = receiver.requests;
    const body = JSON.parse(request?.body ?? "");
    const { revision } = (await api.call(pathOf(project))).body;
    expect(body).toMatchObject({ type: "link.variables", data: { project, revision, environment: "production" } });
    expect(request?.body).not.toContain((await pull(project)).S3_SECRET_KEY);

    const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature } = request?.headers ?? {};
    const secret = Buffer.from(plain.secret.replace("whsec_", ""), "base64");
    const expected = createHmac("sha256", secret).update(`${id}.${at}.${request?.body}`).digest("base64");
    expect(signature).toBe(`v1,${expected}`);
    expect(JSON.stringify((await api.call(pathOf(project))).body)).not.toContain(plain.secret);

    receiver.clear();
    await add(project, { kind: "webhook", url: receiver.url, include_values: true });
    expect(JSON.parse(receiver.requests[0]?.body ?? "").data.variables).toEqual(await pull(project));
    receiver.clear();
    await unlink(project);
    expect(receiver.requests.map(({ body: text }) => JSON.parse(text).type)).toEqual(["link.removed", "link.removed"]);
  });

  test("that fails is told again, with the same id", { timeout: 20_000 }, async () => {
    const project = await link("Retried");
    receiver.clear();
    receiver.answer = () => ({ status: receiver.requests.length > 1 ? 200 : 500 });
    const sink = await add(project, { kind: "webhook", url: receiver.url });
    expect(sink.error).toContain("500");
    await until(async () => ((await find(project, sink.id)).is_current ? true : undefined));
    receiver.answer = () => ({ status: 200 });
    expect(new Set(receiver.requests.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(receiver.requests).toHaveLength(2);
  });

  test("security S27: does not reach this machine and its networks unless that is allowed", {
    timeout: 30_000,
  }, async () => {
    const project = await link("Inside");
    receiver.clear();
    const strict = await startApi(gateway, { token: api.token });
    try {
      // Only one of the two processes may take the job.
      await api.stop();
      for (const url of [
        receiver.url,
        receiver.url.replace("127.0.0.1", "localhost"),
        receiver.url.replace("127.0.0.1", "[::1]"),
      ]) {
        const answer = await strict.call(pathOf(project, "/sinks"), { method: "POST", json: { kind: "webhook", url } });
        const job = await untilEnded(database, answer.body.job_id);
        expect([job.state, job.problem?.detail]).toEqual(["failed", expect.stringContaining("not public")]);
      }
      const values = { kind: "webhook", url: "http://example.com/", include_values: true };
      expect((await strict.call(pathOf(project, "/sinks"), { method: "POST", json: values })).status).toBe(422);
      const file = { kind: "dotenv", path: "a.env" };
      expect((await strict.call(pathOf(project, "/sinks"), { method: "POST", json: file })).status).toBe(422);
    } finally {
      await strict.stop();
    }
    expect(receiver.requests).toEqual([]);
  });
});

function kubeconfigOf({ url, token }: KubernetesServer) {
  return {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    contexts: [{ name: "test", context: { cluster: "here", user: "stave" } }],
    clusters: [{ name: "here", cluster: { server: url } }],
    users: [{ name: "stave", user: { token } }],
  };
}
