import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startApi, type TestApi } from "../../api/test/support/start-api.ts";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { type RunOptions, runStave } from "./support/run-stave.ts";

// Each starts a process for every line that it types.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let gateway: TestGateway;
let api: TestApi;
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "stave-cli-"));
  gateway = await startGateway({ users: "generated" });
  api = await startApi(gateway);
});

afterAll(async () => {
  await api?.stop();
  await gateway?.stop();
  await rm(home, { recursive: true });
});

const staveWith = (args: readonly string[], options: RunOptions = {}) =>
  runStave(args, {
    cwd: home,
    ...options,
    env: { STAVE_CONFIG_DIR: home, STAVE_URL: api.endpoint, STAVE_TOKEN: api.token },
  });
const stave = (...args: string[]) => staveWith(args);
const put = (bucket: string, key: string, body: string) =>
  api.call(`/api/storage/buckets/${bucket}/objects/${encodeURIComponent(key)}`, { method: "PUT", body });

describe("buckets", () => {
  test("none is a sentence with the next command on stderr, and an empty list as JSON", async () => {
    expect(await stave("buckets", "list")).toMatchObject({
      code: 0,
      stdout: "",
      stderr: expect.stringContaining("stave buckets create"),
    });
    expect((await stave("bucket", "ls", "--json")).json()).toEqual([]);
  });

  test("are made with what is asked for, listed and shown", async () => {
    const made = await stave(
      ...["buckets", "create", "photos", "--versioning", "--max-size", "10GiB", "--tag", "team=web", "--public"],
    );

    expect(made).toMatchObject({ code: 0, stdout: "photos\n" });
    expect((await stave("buckets", "list")).stdout).toMatch(
      /^NAME +VISIBILITY +CREATED\nphotos +public-read +\d+s ago\n$/,
    );
    const { stdout } = await stave("buckets", "show", "photos");
    for (const line of [
      /^Visibility +public-read$/m,
      /^Versioning +enabled$/m,
      /^Quota +10\.0 GiB$/m,
      /^Tags +team=web$/m,
    ]) {
      expect(stdout).toMatch(line);
    }
    expect(stdout).toMatch(/^Policy +1 statement$/m);
    expect((await stave("buckets", "show", "photos", "--json")).json()).toMatchObject({
      name: "photos",
      settings: { cors: null, quota: { maxSizeBytes: 10 * 1024 ** 3, maxVersions: null } },
      unsupported: [],
    });
  });

  test("one that is there will do with --if-not-exists, and is a conflict without", async () => {
    expect(await stave("buckets", "create", "photos")).toMatchObject({ code: 6, stdout: "" });
    expect(await stave("buckets", "create", "photos", "--if-not-exists")).toMatchObject({
      code: 0,
      stdout: "photos\n",
    });
  });

  test("a name that none can have, and one that there is not, are said with their codes", async () => {
    expect(await stave("buckets", "create", "A b\u001b[31m")).toMatchObject({ code: 2, stdout: "" });
    expect(await stave("buckets", "show", "nothing")).toMatchObject({ code: 5, stdout: "" });
    expect(await stave("buckets", "show", "../../jobs")).toMatchObject({ stdout: "", code: expect.any(Number) });
    expect(await stave("buckets", "list", "--service", "nothing")).toMatchObject({ code: 5 });
  });

  test("of another service are made there", async () => {
    const { stdout } = await stave("services", "create", "-n", "other");

    expect((await stave("buckets", "create", "elsewhere", "--service", "other")).code).toBe(0);
    expect((await stave("buckets", "list", "--service", stdout.trim(), "--json")).json()).toMatchObject([
      { name: "elsewhere" },
    ]);
    expect(await stave("buckets", "show", "elsewhere")).toMatchObject({ code: 4, stdout: "" });
    expect(await stave("buckets", "create", "elsewhere", "--if-not-exists")).toMatchObject({ code: 6, stdout: "" });
  });

  test("become public and private again", async () => {
    await stave("buckets", "create", "seen");
    await put("seen", "a", "bytes");
    const read = async () => (await fetch(`${gateway.endpoint}/seen/a`)).status;

    expect(await read()).toBe(403);
    expect(await stave("buckets", "visibility", "set", "seen", "public")).toMatchObject({ code: 0, stdout: "" });
    expect(await read()).toBe(200);
    expect((await stave("buckets", "visibility", "get", "seen")).stdout).toBe("public-read\n");
    await stave("buckets", "visibility", "set", "seen", "private");
    expect(await read()).toBe(403);
  });
});

describe("deleting a bucket", () => {
  test("an empty one wants a yes", async () => {
    await stave("buckets", "create", "empty");

    expect(await stave("buckets", "delete", "empty")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--yes is missing"),
    });
    expect(await stave("buckets", "delete", "empty", "-y")).toMatchObject({ code: 0, stdout: "" });
    expect((await stave("buckets", "show", "empty")).code).toBe(5);
  });

  test("one with objects is refused with their count, and goes with --with-objects", async () => {
    await stave("buckets", "create", "full", "--versioning");
    await put("full", "a/b", "12345");
    await put("full", "a/b", "123");
    await stave("credentials", "create", "full");

    const refused = await stave("buckets", "delete", "full", "-f");
    expect(refused).toMatchObject({ code: 6, stdout: "" });
    expect(refused.stderr).toMatch(/is not empty: 1 object in 2 versions, 8 B, 1 credential\./);
    const dry = await stave("buckets", "delete", "full", "--with-objects", "--dry-run", "--json");
    expect(dry.json()).toMatchObject({
      dryRun: true,
      objects: 1,
      versions: 2,
      sizeBytes: 8,
      credentials: 1,
      links: [],
    });
    expect((await stave("buckets", "show", "full")).code).toBe(0);
    expect((await stave("buckets", "delete", "full", "--with-objects", "-f", "--json")).json()).toMatchObject({
      deleted: true,
    });
    expect((await stave("buckets", "show", "full")).code).toBe(5);
  });

  test("who may not see links and credentials can delete one all the same", async () => {
    await stave("buckets", "create", "narrow");
    const { body } = await api.call("/api/tokens", {
      method: "POST",
      json: { name: "storage", permissions: ["storage:read", "storage:admin"] },
    });
    const env = { STAVE_CONFIG_DIR: home, STAVE_URL: api.endpoint, STAVE_TOKEN: body.data.token };

    const dry = await runStave(["buckets", "delete", "narrow", "--dry-run", "--json"], { env });
    expect(dry.json()).toMatchObject({ objects: 0, credentials: null, links: null });
    expect(await runStave(["buckets", "delete", "narrow", "-f"], { env })).toMatchObject({ code: 0 });
  });

  test("one that a project uses is refused with its name", async () => {
    const project = await api.call("/api/projects", { method: "POST", json: { name: "my-app" } });
    const linked = await api.call("/api/external-services/1/projects", {
      method: "POST",
      json: { project_id: project.body.data.id },
    });
    await stave("jobs", "watch", linked.body.job_id);
    const buckets: readonly { readonly name: string }[] = (await stave("buckets", "list", "--json")).json();
    const { name = "" } = buckets.find((bucket) => bucket.name.includes("my-app")) ?? {};

    expect(await stave("buckets", "delete", name, "--with-objects", "-f")).toMatchObject({
      code: 6,
      stderr: expect.stringMatching(/is used by my-app\.[\s\S]*stave services unlink --id 1 --project my-app/),
    });
  });
});

describe("settings of a bucket", () => {
  beforeAll(async () => {
    await stave("buckets", "create", "set-up");
  });

  const shortcuts: readonly (readonly [word: string, args: readonly string[], expected: unknown])[] = [
    [
      "cors",
      ["--origin", "https://a.example", "--method", "PUT", "--expose", "ETag", "--max-age", "1h"],
      {
        rules: [
          {
            allowedOrigins: ["https://a.example"],
            allowedMethods: ["PUT"],
            allowedHeaders: ["*"],
            exposeHeaders: ["ETag"],
            maxAgeSeconds: 3600,
          },
        ],
      },
    ],
    [
      "lifecycle",
      ["--expire-days", "30", "--prefix", "tmp/", "--tag", "kind=draft", "--id", "drafts"],
      {
        rules: [
          {
            id: "drafts",
            status: "Enabled",
            filter: { and: { prefix: "tmp/", tags: [{ key: "kind", value: "draft" }] } },
            expiration: { days: 30 },
          },
        ],
      },
    ],
    ["tags", ["--tag", "team=web", "--tag", "note=a=b c"], { tags: { team: "web", note: "a=b c" } }],
    [
      "encryption",
      ["--algorithm", "AES256"],
      { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
    ],
    [
      "website",
      ["--index", "index.html", "--error", "404.html"],
      { indexDocument: { suffix: "index.html" }, errorDocument: { key: "404.html" } },
    ],
    ["logging", ["--to", "set-up", "--prefix", "logs/"], { targetBucket: "set-up", targetPrefix: "logs/" }],
    ["ownership", ["--rule", "BucketOwnerEnforced"], { objectOwnership: "BucketOwnerEnforced" }],
    [
      "public-access-block",
      ["--block-public-policy"],
      { blockPublicAcls: false, ignorePublicAcls: false, blockPublicPolicy: true, restrictPublicBuckets: false },
    ],
  ];

  for (const [word, args, expected] of shortcuts) {
    test(`${word}: set by options, read, put back from what was read, and taken away`, async () => {
      const set = await stave("buckets", word, "set", "set-up", ...args);
      expect(set).toMatchObject({ code: 0, stdout: "" });
      const got = await stave("buckets", word, "get", "set-up");
      expect(JSON.parse(got.stdout)).toMatchObject(expected as object);

      const removed = await stave("buckets", word, "remove", "set-up");
      expect(removed).toMatchObject({ code: 0, stdout: got.stdout });
      expect((await stave("buckets", word, "get", "set-up", "--json")).json()).toBeNull();
      const back = await staveWith(["buckets", word, "set", "set-up", "-", "--json"], { stdin: removed.stdout });
      expect(back.json()).toEqual(JSON.parse(got.stdout));
      await stave("buckets", word, "remove", "set-up");
    });
  }

  test("what is not set is said, and taking it away does nothing; nor does a dry run", async () => {
    await stave("buckets", "cors", "set", "set-up", "--origin", "*");
    const { stdout } = await stave("buckets", "cors", "remove", "set-up", "--dry-run");
    expect(await stave("buckets", "cors", "get", "set-up")).toMatchObject({ code: 0, stdout });
    await stave("buckets", "cors", "remove", "set-up");

    expect(await stave("buckets", "cors", "get", "set-up")).toMatchObject({
      code: 0,
      stdout: "",
      stderr: expect.stringContaining("not set"),
    });
    expect(await stave("buckets", "cors", "remove", "set-up")).toMatchObject({ code: 0, stdout: "" });
  });

  test("--add keeps the rules that there are, and replaces the one of the same id", async () => {
    await stave("buckets", "lifecycle", "set", "set-up", "--expire-days", "30", "--prefix", "tmp/", "--id", "tmp");
    await stave("buckets", "lifecycle", "set", "set-up", "--abort-uploads-days", "7", "--id", "uploads", "--add");
    await stave(
      "buckets",
      "lifecycle",
      "set",
      "set-up",
      "--expire-days",
      "3",
      "--prefix",
      "tmp/",
      "--id",
      "tmp",
      "--add",
    );

    const { rules } = (await stave("buckets", "lifecycle", "get", "set-up", "--json")).json();
    expect(rules).toMatchObject([
      { id: "uploads", abortIncompleteMultipartUpload: { daysAfterInitiation: 7 } },
      { id: "tmp", expiration: { days: 3 } },
    ]);
    for (const _ of ["first", "again"]) await stave("buckets", "cors", "set", "set-up", "--origin", "*", "--add");
    expect((await stave("buckets", "cors", "get", "set-up", "--json")).json().rules).toHaveLength(1);
    await stave("buckets", "tags", "set", "set-up", "--tag", "a=1");
    await stave("buckets", "tags", "set", "set-up", "--tag", "b=2", "--add");
    expect((await stave("buckets", "tags", "get", "set-up", "--json")).json()).toEqual({ tags: { a: "1", b: "2" } });
  });

  test("a policy from a file is in force, and what is wrong with one is said", async () => {
    await put("set-up", "open/a", "bytes");
    const file = join(home, "policy.json");
    const statement = {
      Effect: "Allow",
      Principal: "*",
      Action: "s3:GetObject",
      Resource: "arn:aws:s3:::set-up/open/*",
    };
    await writeFile(file, JSON.stringify({ Version: "2012-10-17", Statement: [statement] }));

    expect((await stave("buckets", "policy", "set", "set-up", file)).code).toBe(0);
    expect((await fetch(`${gateway.endpoint}/set-up/open/a`)).status).toBe(200);
    expect((await stave("buckets", "policy", "remove", "set-up")).code).toBe(0);
    expect((await fetch(`${gateway.endpoint}/set-up/open/a`)).status).toBe(403);
    await writeFile(file, JSON.stringify({ Statement: [{ ...statement, Resource: "arn:aws:s3:::other/*" }] }));
    expect(await stave("buckets", "policy", "set", "set-up", file)).toMatchObject({ code: 2, stdout: "" });
  });

  test("versioning is a word", async () => {
    expect((await stave("buckets", "versioning", "get", "set-up")).stdout).toBe("off\n");
    expect((await stave("buckets", "versioning", "enable", "set-up")).code).toBe(0);
    expect((await stave("buckets", "versioning", "get", "set-up")).stdout).toBe("enabled\n");
    expect((await stave("buckets", "versioning", "suspend", "set-up", "--json")).json()).toEqual({
      status: "Suspended",
    });
  });

  test("a quota is enforced, and what is not named stays", async () => {
    await stave("buckets", "create", "small");
    await stave("buckets", "quota", "set", "small", "--max-size", "1kB", "--max-versions", "1");
    expect((await put("small", "a", "x".repeat(2000))).status).toBe(409);
    await stave("buckets", "quota", "set", "small", "--max-size", "none");

    expect((await put("small", "a", "x".repeat(2000))).status).toBe(200);
    expect((await put("small", "b", "x")).status).toBe(409);
    expect((await stave("buckets", "quota", "get", "small", "--json")).json()).toEqual({
      maxSizeBytes: null,
      maxVersions: 1,
      usage: { objects: 1, versions: 1, sizeBytes: 2000 },
    });
    expect((await stave("buckets", "quota", "get", "small")).stdout).toMatch(/^Most bytes +no limit$/m);
  });

  test("a lock is set for what comes, and the one that nobody can lift is asked for", async () => {
    await stave("buckets", "create", "archive", "--lock");

    expect((await stave("buckets", "lock", "set", "archive", "--days", "1")).code).toBe(0);
    expect(await stave("buckets", "lock", "set", "archive", "--mode", "compliance", "--days", "1")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--yes is missing"),
    });
    expect((await stave("buckets", "lock", "get", "archive", "--json")).json()).toEqual({
      defaultRetention: { mode: "GOVERNANCE", days: 1 },
    });
    expect((await stave("buckets", "lock", "set", "archive", "--none", "--json")).json()).toEqual({
      defaultRetention: null,
    });
    expect(await stave("buckets", "lock", "set", "small", "--days", "1")).toMatchObject({ stdout: "", code: 6 });
  });

  test("what the operator has not named is refused by the server", async () => {
    expect(await stave("buckets", "notifications", "set", "set-up", "--webhook", "nobody")).toMatchObject({ code: 2 });
    expect((await stave("buckets", "replication", "set", "set-up", "--to", "nowhere/b")).code).not.toBe(0);
    expect(await stave("buckets", "replication", "set", "set-up", "--to", "nowhere")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Expected REMOTE/BUCKET"),
    });
  });
});

describe("a dry run of lifecycle rules", () => {
  test("names what would go, and shows names as they cannot harm", async () => {
    await stave("buckets", "create", "aging");
    await put("aging", "tmp/\u001b[31mred\n", "12345");
    await put("aging", "kept", "1");
    const rule = ["--expire-days", "1", "--prefix", "tmp/"];

    expect(await stave("buckets", "lifecycle", "set", "aging", ...rule, "--dry-run")).toMatchObject({
      code: 0,
      stdout: "",
      stderr: expect.stringContaining("Nothing would go."),
    });
    expect((await stave("buckets", "lifecycle", "get", "aging", "--json")).json()).toBeNull();
    await stave("buckets", "lifecycle", "set", "aging", ...rule);
    const { stdout, stderr } = await stave("buckets", "lifecycle", "plan", "aging", "--at", "30d");
    expect(stdout).toMatch(/^KEY +ACTION .*\ntmp\/\\x1b\[31mred\\x0a +delete-object +null +5 B +/);
    expect(stdout).not.toContain("kept");
    expect(stderr).toContain("1 would go, 5 B. Nothing was changed.");
    expect((await stave("buckets", "lifecycle", "plan", "aging", "--at", "30d", "--json")).json()).toMatchObject({
      total: 1,
      entries: [{ key: "tmp/\u001b[31mred\n" }],
    });
  });
});

describe("a setting that cannot be read is refused before anything is changed", () => {
  const refused: readonly (readonly [title: string, args: readonly string[], stdin: string, stderr: RegExp])[] = [
    ["nothing to set", ["cors", "set", "photos"], "", /What to set for CORS is missing/],
    ["a file and options", ["cors", "set", "photos", "-", "--origin", "https://a.example"], "{}", /not both/],
    ["no file", ["cors", "set", "photos", "missing.json"], "", /Cannot read missing\.json/],
    ["no JSON", ["cors", "set", "photos", "-"], "{", /stdin is no JSON, nor XML/],
    ["a field that there is not", ["cors", "set", "photos", "-"], '{"rules":[],"extra":1}', /extra/],
    ["JSON of something else", ["lifecycle", "set", "photos", "-"], "7", /error: /],
    ["XML that is cut off", ["cors", "set", "photos", "-"], "<CORSConfiguration><CORSRule>", /XML/],
    ["XML of something else", ["cors", "set", "photos", "-"], "<Tagging/>", /Expected <CORSConfiguration>/],
    ["two at once", ["lock", "set", "photos", "--days", "1", "--none"], "", /Expected one of --days/],
    ["a size that is none", ["quota", "set", "photos", "--max-size", "ten"], "", /Expected a size such as 10GiB/],
    ["a time that is none", ["lifecycle", "plan", "photos", "--at", "2030-13-01"], "", /Expected a time such as/],
  ];

  for (const [title, args, stdin, stderr] of refused) {
    test(title, async () => {
      const run = await staveWith(["buckets", ...args], { stdin });

      expect(run.stderr).toMatch(stderr);
      expect(run).toMatchObject({ code: 2, stdout: "" });
    });
  }
});
