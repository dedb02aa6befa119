import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startApi, type TestApi } from "../../api/test/support/start-api.ts";
import { createS3Client, type S3Client } from "../../gateway/test/support/s3-client.ts";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { runStave } from "./support/run-stave.ts";

// Each starts a process for every line that it types.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let gateway: TestGateway;
let api: TestApi;
let s3: S3Client;
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "stave-cli-"));
  gateway = await startGateway({ users: "generated" });
  api = await startApi(gateway);
  s3 = createS3Client(gateway);
  await stave("buckets", "create", "photos");
  await stave("buckets", "create", "music");
});

afterAll(async () => {
  await api?.stop();
  await gateway?.stop();
  await rm(home, { recursive: true });
});

const stave = (...args: string[]) =>
  runStave(args, {
    cwd: home,
    env: { STAVE_CONFIG_DIR: join(home, "settings"), STAVE_URL: api.endpoint, STAVE_TOKEN: api.token },
  });

type Pair = { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };

const as = (pair: Pair) => ({ id: "", displayName: "", email: "", ...pair });
const put = async (pair: Pair, path: string) =>
  (await s3.call({ method: "PUT", path, body: "x", account: as(pair) })).code ?? "OK";
const get = async (pair: Pair, path: string) => (await s3.call({ path, account: as(pair) })).code ?? "OK";
const audited = async (action: string) => {
  const { body } = await api.call(`/api/audit?limit=100`);
  return body.data.filter((entry: { readonly action: string }) => entry.action === action);
};

describe("access keys", () => {
  test("none is a sentence with the next command on stderr", async () => {
    expect(await stave("keys", "list")).toMatchObject({
      code: 0,
      stdout: "",
      stderr: expect.stringContaining("stave keys create"),
    });
  });

  test("one is made, works within its limits, is listed without its secret, rotated and revoked", async () => {
    const made = await stave(
      "keys",
      "create",
      "--bucket",
      "photos",
      "--prefix",
      "in/ü ",
      "-d",
      "an uploader",
      "--json",
    );
    const key: Pair = made.json();
    expect(made.stderr).toContain("The secret is shown this once");
    expect(await put(key, "/photos/in/%C3%BC%20a")).toBe("OK");
    expect(await put(key, "/photos/elsewhere")).toBe("AccessDenied");
    expect(await put(key, "/music/in/a")).toBe("AccessDenied");

    const { stdout } = await stave("keys", "list");
    expect(stdout).toMatch(/^ACCESS KEY +DESCRIPTION +MAY +LAST USED +EXPIRES +CREATED\n/);
    expect(stdout).toMatch(new RegExp(`^${key.accessKeyId} +an uploader +read-write on photos/in/ü +`, "m"));
    const shown = await stave("key", "show", key.accessKeyId);
    expect(shown.stdout).toMatch(/^Expires +never$/m);
    for (const text of [stdout, shown.stdout]) expect(text).not.toContain(key.secretAccessKey);

    const rotated: Pair = (await stave("keys", "rotate", key.accessKeyId, "--grace", "1h", "--json")).json();
    expect(await put(key, "/photos/in/%C3%BC%20b")).toBe("OK");
    expect(await put(rotated, "/photos/in/%C3%BC%20c")).toBe("OK");
    expect(await stave("keys", "rotate", key.accessKeyId)).toMatchObject({ code: 6, stdout: "" });

    expect(await stave("keys", "revoke", rotated.accessKeyId)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--yes is missing"),
    });
    expect(await stave("keys", "revoke", rotated.accessKeyId, "--dry-run")).toMatchObject({
      code: 0,
      stdout: "",
      stderr: expect.stringMatching(/Would revoke \S+ \(an uploader\) read-write on photos/),
    });
    expect(await put(rotated, "/photos/in/%C3%BC%20d")).toBe("OK");
    expect(await stave("keys", "revoke", rotated.accessKeyId, "-f")).toMatchObject({ code: 0, stdout: "" });
    expect(await put(rotated, "/photos/in/%C3%BC%20e")).toBe("InvalidAccessKeyId");
    expect(await stave("keys", "revoke", rotated.accessKeyId, "-f")).toMatchObject({ code: 5, stdout: "" });
  });

  test("a secret goes into a file for nobody else to read, and is printed nowhere", async () => {
    const made = await stave(
      ...["keys", "create", "--access", "read-only", "--expires", "30d", "-d", "to a file"],
      ...["--secret-file", "secret", "--dotenv", "key.env", "--json"],
    );
    const secretAccessKey = (await readFile(join(home, "secret"), "utf8")).trim();
    const { accessKeyId, expiresAt } = made.json();

    expect(made.json().secretAccessKey).toBe("***");
    expect(`${made.stdout}${made.stderr}`).not.toContain(secretAccessKey);
    for (const file of ["secret", "key.env"]) expect((await stat(join(home, file))).mode & 0o777).toBe(0o600);
    expect(await get({ accessKeyId, secretAccessKey }, "/photos/missing")).toBe("NoSuchKey");
    expect(await put({ accessKeyId, secretAccessKey }, "/photos/a")).toBe("AccessDenied");
    expect(await readFile(join(home, "key.env"), "utf8")).toBe(
      [
        `AWS_ACCESS_KEY_ID=${accessKeyId}`,
        `AWS_SECRET_ACCESS_KEY=${secretAccessKey}`,
        "AWS_REGION=us-east-1",
        "AWS_DEFAULT_REGION=us-east-1",
        `AWS_ENDPOINT_URL_S3=${gateway.endpoint}\n`,
      ].join("\n"),
    );
    const days = (new Date(expiresAt).getTime() - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(29);
    expect(days).toBeLessThan(31);
  });

  test("a file that is there, or that cannot be made, makes no key", async () => {
    await writeFile(join(home, "taken"), "another secret");
    const before = (await stave("keys", "list", "--json")).json().length;

    expect(await stave("keys", "create", "--secret-file", "taken")).toMatchObject({ code: 6, stdout: "" });
    expect(await stave("keys", "create", "--dotenv", "no/such/folder")).toMatchObject({ code: 1, stdout: "" });
    expect(await stave("keys", "create", "--secret-file", "new", "--dotenv", "taken")).toMatchObject({ code: 6 });
    expect((await stave("keys", "list", "--json")).json()).toHaveLength(before);
    expect(await readFile(join(home, "taken"), "utf8")).toBe("another secret");
    await expect(stat(join(home, "new"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("a key that the server refuses leaves no file behind", async () => {
    expect(await stave("keys", "create", "--expires", "2001-01-01", "--secret-file", "never-filled")).toMatchObject({
      code: 2,
      stdout: "",
    });
    await expect(stat(join(home, "never-filled"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("a description with terminal escapes is shown as codes", async () => {
    const made = await api.call("/api/storage/s3/access-keys", {
      method: "POST",
      json: { description: "right \u202eto left", scope: { access: "read-only" } },
    });

    const { stdout } = await stave("keys", "list");
    expect(made.status).toBe(201);
    expect(stdout).toContain("right \\u{202e}to left");
  });

  test("what is no scope is refused by its option", async () => {
    expect(await stave("keys", "create", "--prefix", "a/")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--bucket is missing"),
    });
    expect(await stave("keys", "create", "--network", "everywhere")).toMatchObject({ code: 2, stdout: "" });
    expect(await stave("keys", "create", "--access", "all")).toMatchObject({ code: 2, stdout: "" });
    expect(await stave("keys", "show", "AKIANOTHERE")).toMatchObject({ code: 5, stdout: "" });
    expect(await stave("keys", "list", "--project", "nothing")).toMatchObject({ code: 5, stdout: "" });
  });

  test("a session works with its token, within its limits", async () => {
    const session = (
      await stave("keys", "session", "--bucket", "photos", "--access", "read-only", "--duration", "15m", "--json")
    ).json();

    expect(session.sessionToken).toEqual(expect.any(String));
    expect(await get(session, "/photos/missing")).toBe("NoSuchKey");
    expect(await put(session, "/photos/a")).toBe("AccessDenied");
    expect(await get(session, "/music/missing")).toBe("AccessDenied");
    expect(await stave("keys", "session", "--duration", "1s")).toMatchObject({ code: 2, stdout: "" });
  });
});

describe("credentials of a bucket", () => {
  test("none is a sentence with the next command on stderr", async () => {
    expect(await stave("credentials", "list", "music")).toMatchObject({
      code: 0,
      stdout: "",
      stderr: expect.stringContaining("stave credentials create music"),
    });
    expect(await stave("credentials", "list", "nothing")).toMatchObject({ code: 5, stdout: "" });
  });

  test("one is made, opens its bucket alone, is rotated and revoked", async () => {
    const made: Pair & { readonly id: string } = (await stave("credentials", "create", "photos", "--json")).json();
    expect(await put(made, "/photos/c")).toBe("OK");
    expect(await put(made, "/music/c")).toBe("AccessDenied");
    expect((await stave("credentials", "list", "photos")).stdout).toMatch(
      new RegExp(`^ACCESS KEY .*\\n${made.accessKeyId} +— +read-write +— `),
    );

    const rotated: Pair = (await stave("creds", "rotate", "photos", made.id, "--grace", "0", "--json")).json();
    expect(await put(made, "/photos/c")).not.toBe("OK");
    expect(await put(rotated, "/photos/c")).toBe("OK");
    expect((await stave("credentials", "revoke", "photos", rotated.accessKeyId, "-f")).code).toBe(0);
    expect(await put(rotated, "/photos/c")).toBe("InvalidAccessKeyId");
    expect(await stave("credentials", "revoke", "music", made.id, "-f")).toMatchObject({ code: 5, stdout: "" });
  });

  test("what one may do is said before it is revoked, with its prefix", async () => {
    const made = (await stave("credentials", "create", "music", "--prefix", "in/", "--json")).json();

    expect(await stave("credentials", "revoke", "music", made.id, "--dry-run")).toMatchObject({
      code: 0,
      stdout: "",
      stderr: `Would revoke ${made.accessKeyId} read-write on music/in/, last used never.\n`,
    });
    expect((await stave("credentials", "revoke", "music", made.id, "-f")).code).toBe(0);
  });

  test("the secret is masked unless --reveal is given, which the audit log names", async () => {
    const made = (await stave("credentials", "create", "music", "--access", "read-only", "--json")).json();
    const looks = (await audited("access-key:reveal")).length;

    const masked = await stave("credentials", "show", "music", made.id, "--json");
    expect(masked.json()).toMatchObject({ access: "read-only", secretAccessKey: "***" });
    expect((await stave("credentials", "show", "music", made.id)).stdout).toContain("*** (--reveal shows it)");
    expect(await audited("access-key:reveal")).toHaveLength(looks);
    const { stdout } = await stave("credentials", "show", "music", made.accessKeyId, "--reveal");
    expect(stdout).toContain(made.secretAccessKey);
    expect(await audited("access-key:reveal")).toHaveLength(looks + 1);
  });

  test("one is exported for programs and Kubernetes, on the screen only by --reveal", async () => {
    const made = (await stave("credentials", "create", "music", "--json")).json();

    expect(await stave("credentials", "export", "music", made.id)).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining("--output or --reveal is missing"),
    });
    const env = await stave("credentials", "export", "music", made.id, "--reveal");
    expect(env.stdout.split("\n")).toContain(`AWS_SECRET_ACCESS_KEY=${made.secretAccessKey}`);
    const secret = await stave(
      ...["credentials", "export", "music", made.id, "--format", "k8s-aws", "--name", "web-music"],
      ...["--namespace", "web", "--output", "secret.yaml"],
    );
    expect(`${secret.stdout}${secret.stderr}`).not.toContain(made.secretAccessKey);
    const manifest = await readFile(join(home, "secret.yaml"), "utf8");
    expect((await stat(join(home, "secret.yaml"))).mode & 0o777).toBe(0o600);
    expect(manifest).toContain("kind: Secret\n");
    expect(manifest).toContain('  namespace: "web"\n');
    expect(manifest).toContain(made.secretAccessKey);
    const json = await stave("credentials", "export", "music", made.id, "--format", "json", "--reveal", "--json");
    expect(JSON.parse(json.json().manifest)).toMatchObject({ S3_BUCKET: "music" });
  });
});

test("who may not make keys is told which permission is missing", async () => {
  const { body } = await api.call("/api/tokens", {
    method: "POST",
    json: { name: "reader", permissions: ["storage:read", "keys:read"] },
  });
  const token: string = body.data.token;
  const run = await runStave(["keys", "create"], {
    env: { STAVE_CONFIG_DIR: join(home, "settings"), STAVE_URL: api.endpoint, STAVE_TOKEN: token },
  });

  expect(run).toMatchObject({ code: 4, stdout: "", stderr: expect.stringContaining("keys:write") });
});
