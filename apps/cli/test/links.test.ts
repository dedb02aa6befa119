import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startApi, type TestApi } from "../../api/test/support/start-api.ts";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { runStave } from "./support/run-stave.ts";

// Each command is a process of its own, and most tests have many.
vi.setConfig({ testTimeout: 60_000 });

let gateway: TestGateway;
let api: TestApi;
let home: string;
let sinks: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "stave-cli-"));
  sinks = join(home, "sinks");
  await mkdir(sinks);
  gateway = await startGateway();
  api = await startApi(gateway, { args: ["--sinks-dir", sinks] });
  await stave("services", "create", "-n", "shop-storage");
  await stave("projects", "create", "My Shop");
}, 30_000);

afterAll(async () => {
  await api?.stop();
  await gateway?.stop();
  await rm(home, { recursive: true });
});

const stave = (...args: string[]) =>
  runStave(args, { env: { STAVE_CONFIG_DIR: home, STAVE_URL: api.endpoint, STAVE_TOKEN: api.token }, cwd: home });
const link = ["shop-storage", "--project", "my-shop"];

test("an empty list says on stderr how to make what is not there, and exits with 0", async () => {
  const lists = [
    ["links", "list"],
    ["projects", "links", "my-shop"],
    ["services", "alerts", "list", "1"],
    ["services", "alerts", "rules", "1"],
  ];
  for (const list of lists) {
    const { code, stdout, stderr } = await stave(...list);
    expect({ code, stdout }, list.join(" ")).toEqual({ code: 0, stdout: "" });
    expect(stderr, list.join(" ")).toMatch(/: stave services /);
    expect((await stave(...list, "--json")).json()).toEqual([]);
  }
});

test("a link is made once, told the second time, and what it would inject is known before", async () => {
  const preview = await stave("services", "env", ...link, "--preview", "--prefix", "ASSETS", "--json");
  expect(preview.json()).toMatchObject({ ASSETS_S3_BUCKET: "my-shop-production", ASSETS_S3_SECRET_KEY: "***" });
  expect((await stave("services", "env", "shop-storage", "--names")).stdout).toMatch(/^S3_ENDPOINT\nS3_HOST\n/);
  expect(await stave("services", "env", ...link)).toMatchObject({ code: 5 });

  expect(await stave("services", "link", ...link)).toMatchObject({ code: 0 });
  const again = await stave("services", "link", ...link);

  expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining("are linked already.") });
  expect((await stave("links", "list", "--stale", "--json")).json()).toMatchObject([
    { project: { slug: "my-shop" }, bucket: "my-shop-production", needs_redeploy: true },
  ]);
  expect((await stave("projects", "show", "My Shop")).stdout).toMatch(/^shop-storage +my-shop +production +active/m);
});

test("secrets are in no output without --reveal, and are what the application gets with it", async () => {
  const file = await stave("services", "env", ...link, "--reveal", "--format", "dotenv");
  const secret = /^S3_SECRET_KEY=(\S{40})$/m.exec(file.stdout)?.[1] ?? "none";
  expect(secret).toHaveLength(40);
  expect((await stave("services", "env", ...link, "--reveal", "--json")).json()).toMatchObject({
    S3_SECRET_KEY: secret,
  });
  expect((await stave("services", "env", ...link, "--variable", "S3_SECRET_KEY", "--reveal")).stdout).toBe(
    `${secret}\n`,
  );
  expect((await stave("services", "env", ...link, "--reveal", "--format", "k8s")).stdout).toContain("kind: Secret");
  expect((await stave("projects", "env", "my-shop", "--reveal", "--format", "export")).stdout).toContain(secret);
  expect((await stave("links", "credentials", ...link, "--reveal", "--json")).json().variables.S3_SECRET_KEY).toBe(
    secret,
  );

  const silent = [
    ["services", "env", ...link],
    ["services", "env", ...link, "--format", "export"],
    ["services", "env", ...link, "--format", "k8s"],
    ["services", "env", ...link, "--variable", "S3_SECRET_KEY"],
    ["projects", "env", "my-shop"],
    ["projects", "show", "my-shop"],
    ["links", "credentials", ...link],
    ["links", "list"],
    ["links", "show", ...link],
    ["services", "show", "shop-storage"],
    ["services", "remove", "shop-storage", "--dry-run"],
    ["status"],
  ];
  for (const command of silent) {
    for (const more of [["--debug"], ["--json"]]) {
      const { stdout, stderr } = await stave(...command, ...more);
      expect(stdout + stderr, command.join(" ")).not.toContain(secret);
    }
  }
});

test("masked variables are told apart from real ones, and are no Secret of Kubernetes", async () => {
  const masked = await stave("services", "env", ...link, "--quiet");

  expect(masked.stdout).toMatch(/^AWS_SECRET_ACCESS_KEY=\*\*\*$/m);
  expect(masked.stderr).toContain("Secrets are masked");
  expect(await stave("services", "env", ...link, "--format", "k8s")).toMatchObject({ code: 2, stdout: "" });
});

test("a sink has the variables after a rotation, and the old key ends when it is told to", async () => {
  const made = await stave("sinks", "create", ...link, "--path", "shop.env");
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[\da-f]+\n$/) });
  const file = join(sinks, "shop.env");
  expect((await stat(file)).mode & 0o777).toBe(0o600);

  const rotated = await stave("links", "rotate", ...link, "--json");

  const { access_key_id, previous_key } = rotated.json();
  expect(previous_key.expires_at).toMatch(/Z$/);
  expect(await readFile(file, "utf8")).toContain(`S3_ACCESS_KEY=${access_key_id}`);
  expect((await stave("sinks", "list", ...link, "--json")).json()).toMatchObject([
    { kind: "dotenv", is_current: true },
  ]);
  expect(await stave("links", "rotate", ...link, "--grace", "0")).toMatchObject({ code: 2 });
  expect(await stave("links", "retire", ...link)).toMatchObject({ code: 0 });
  expect((await stave("links", "rotate", "shop-storage", "--all", "--json")).json()).toMatchObject({ skipped: [] });
  expect((await stave("sinks", "test", ...link)).stdout).toMatch(/ dotenv +shop\.env +current /);
  expect(await stave("sinks", "remove", ...link, "--sink", made.stdout.trim())).toMatchObject({ code: 0 });
  expect((await stave("sinks", "list", ...link)).stderr).toContain("The variables are brought nowhere.");
});

test("a sink that lacks a value names it, and one that fails is a failure that names the job", async () => {
  expect(await stave("sinks", "create", ...link, "--kind", "webhook")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--to URL is missing"),
  });
  expect(await stave("sinks", "create", ...link, "--path", "../out.env")).toMatchObject({ code: 2, stdout: "" });
});

test("what was deployed again is told, for one link or for all of a project", async () => {
  expect((await stave("projects", "redeploy", "my-shop", "--json")).json()).toHaveLength(1);
  expect((await stave("projects", "redeploy", "my-shop", "--done", "--json")).json()).toHaveLength(1);
  expect((await stave("links", "list", "--stale")).stderr).toContain("Every application runs with");

  await stave("links", "update", ...link, "--prefix", "ASSETS");
  expect((await stave("links", "show", ...link)).stdout).toMatch(/^Redeploy +needed$/m);
  expect(await stave("links", "deployed", ...link)).toMatchObject({ code: 0 });
  expect((await stave("links", "show", ...link)).stdout).toMatch(/^Redeploy +not needed$/m);
});

test("what is linked is not removed: the blockers are named, also with -f, and the plan counts what would go", async () => {
  const service = await stave("services", "remove", "shop-storage", "-f");
  const project = await stave("projects", "remove", "my-shop", "--yes");

  expect(service).toMatchObject({ code: 6, stdout: "", stderr: expect.stringContaining("--project my-shop") });
  expect(project).toMatchObject({ code: 6, stdout: "", stderr: expect.stringContaining("shop-storage (production)") });
  expect((await stave("services", "remove", "shop-storage", "--dry-run", "--json")).json()).toMatchObject({
    links: [{ project: "my-shop", environment: "production" }],
    objects: 0,
    blockers: [expect.stringContaining("my-shop")],
  });
  expect((await stave("services", "unlink", ...link, "--json")).json()).toMatchObject({
    unlinked: { status: "active" },
  });
  expect(await stave("services", "unlink", ...link)).toMatchObject({ code: 5 });
});

describe("a project", () => {
  test("has environments that are linked one by one", async () => {
    await stave("projects", "environments", "add", "my-shop", "staging");
    expect(await stave("projects", "environments", "add", "my-shop", "staging", "--if-not-exists")).toMatchObject({
      code: 0,
    });
    expect(await stave("projects", "environments", "add", "my-shop", "staging")).toMatchObject({ code: 6 });
    expect((await stave("projects", "environments", "list", "my-shop")).stdout).toBe("production\nstaging\n");
    expect(await stave("projects", "environments", "remove", "my-shop", "staging")).toMatchObject({ code: 2 });
    expect(await stave("projects", "environments", "remove", "my-shop", "staging", "-y")).toMatchObject({ code: 0 });
  });

  test("is made by a link when that is said, renamed, and removed by its name", async () => {
    const made = await stave("services", "link", "1", "--project", "Blog", "-e", "preview", "--create-project");
    expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining("Created the project blog.") });
    await stave("services", "unlink", "1", "--project", "blog", "-e", "preview");

    expect((await stave("projects", "update", "blog", "Better \u001b[31mBlog", "--json")).code).not.toBe(0);
    expect(await stave("projects", "rename", "blog", "Better Blog")).toMatchObject({ code: 0 });
    expect((await stave("projects", "list")).stdout).toMatch(/^blog +Better Blog +/m);
    expect(await stave("projects", "create", "blog", "--if-not-exists")).toMatchObject({ code: 0, stdout: "blog\n" });
    expect(await stave("projects", "remove", "blog")).toMatchObject({ code: 2, stdout: "" });
    expect(await stave("projects", "remove", "blog", "--yes")).toMatchObject({ code: 0 });
    expect(await stave("projects", "show", "blog")).toMatchObject({ code: 5 });
  });
});

test("a service that somebody else runs is tried with a secret from a file, which is nowhere else", async () => {
  const root = await api.call("/api/external-services/1");
  const secret = (await api.call("/api/external-services/1/parameters/secret_key")).body.value;
  await writeFile(join(home, "secret"), `${secret}\n`);
  const create = (...more: string[]) =>
    stave(
      "services",
      "create",
      "-n",
      "elsewhere",
      "--engine",
      "external",
      "-s",
      `endpoint=${gateway.endpoint}`,
      ...more,
    );

  expect(await create()).toMatchObject({ code: 2, stderr: expect.stringContaining("access_key is missing") });
  const key = ["-s", `access_key=${root.body.service.access_key}`];
  expect(await create(...key)).toMatchObject({ code: 2, stderr: expect.stringContaining("secret_key is missing") });
  expect(await create(...key, "-s", `secret_key=${secret}`)).toMatchObject({ code: 2, stdout: "" });
  // The address is on loopback, which the api refuses: so much is known that the pair has reached it.
  const refused = await create(...key, "--secret-file", join(home, "secret"), "--debug");
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/private|loopback/) });
  expect(refused.stderr).not.toContain(secret);
  expect(await create("--secret-file", join(home, "nothing"))).toMatchObject({ code: 2 });
});
