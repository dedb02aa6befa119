import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { rootOf } from "../../api/test/support/service-account.ts";
import { startApi, type TestApi } from "../../api/test/support/start-api.ts";
import { createS3Client } from "../../gateway/test/support/s3-client.ts";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { runStave } from "./support/run-stave.ts";

// Each command is a process of its own, and most tests have many.
vi.setConfig({ testTimeout: 60_000 });

let gateway: TestGateway;
let api: TestApi;
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "stave-cli-"));
  gateway = await startGateway();
  api = await startApi(gateway);
});

afterAll(async () => {
  await api?.stop();
  await gateway?.stop();
  await rm(home, { recursive: true });
});

const stave = (...args: string[]) =>
  runStave(args, { env: { STAVE_CONFIG_DIR: home, STAVE_URL: api.endpoint, STAVE_TOKEN: api.token } });

test("a service is made, listed and shown; its id alone is on stdout", async () => {
  const made = await stave("services", "create", "-t", "s3", "-n", "my-storage", "-s", "quota_bytes=1000000", "-y");

  expect(made.code).toBe(0);
  expect(made.stdout).toMatch(/^\d+\n$/);
  const id = made.stdout.trim();
  expect((await stave("services", "list")).stdout).toMatch(
    new RegExp(`^ID +NAME .*\\n(?:.*\\n)* *${id} +my-storage +s3 +stave +running +http://`),
  );
  expect((await stave("service", "ls", "--json")).json()).toContainEqual(
    expect.objectContaining({ id: Number(id), name: "my-storage", status: "running" }),
  );
  expect((await stave("services", "show", "--id", id, "--json")).json()).toMatchObject({
    current_parameters: { quota_bytes: 1_000_000, secret_key: "***" },
  });
});

test("the secret key is shown only by --reveal, which the audit log names", async () => {
  const { stdout: id } = await stave("services", "create", "-n", "with-secret");
  const hidden = await stave("services", "show", "--id", id.trim());
  const shown = await stave("services", "show", "--id", id.trim(), "--reveal");

  expect(hidden.stdout).toContain("*** (--reveal shows it)");
  expect(shown.stdout).toMatch(/^Secret key +\S{40}$/m);
  const { body } = await api.call("/api/audit?limit=20");
  expect(body.data).toContainEqual(expect.objectContaining({ action: expect.stringMatching(/reveal/) }));
});

test("one of the name will do with --if-not-exists, and is a conflict without", async () => {
  const first = await stave("services", "create", "-n", "only one");

  expect(await stave("services", "create", "-n", "only one")).toMatchObject({ code: 6, stdout: "" });
  expect(await stave("services", "create", "-n", "only one", "--if-not-exists")).toMatchObject({
    code: 0,
    stdout: first.stdout,
  });
});

test("what the server refuses is said with the field, its code and the request", async () => {
  const { code, stderr } = await stave("services", "create", "-n", "a", "-s", "quota_bytes=0");

  expect(code).toBe(2);
  expect(stderr).toMatch(/^error: .*\[INVALID_REQUEST\]\n {2}why: {2}parameters\.quota_bytes: /);
  expect(stderr).toMatch(/^ {2}request \S+$/m);
});

test("a service that there is not exits with 5, and under --json the problem of the API is on stderr", async () => {
  const { code, stdout, stderr } = await stave("services", "show", "--id", "4000", "--json");

  expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
  expect(JSON.parse(stderr)).toMatchObject({ status: 404, code: "NOT_FOUND", requestId: expect.any(String) });
});

test("the job of a service can be looked at and waited for", async () => {
  const { stdout: id } = await stave("services", "create", "-n", "by a job");
  const [job] = (await stave("jobs", "list", "--subject", `service:${id.trim()}`, "--json")).json();

  expect((await stave("jobs", "show", job.id)).stdout).toMatch(/^State +completed$/m);
  expect(await stave("jobs", "watch", job.id)).toMatchObject({ code: 0, stdout: "" });
  expect(await stave("jobs", "cancel", job.id)).toMatchObject({ code: 6 });
  expect(await stave("jobs", "show", "nothing")).toMatchObject({ code: 5 });
});

test("a service with objects is removed when that is said, and before it is told how many", async () => {
  const { stdout } = await stave("services", "create", "-n", "full", "-s", "buckets=album,empty");
  const account = await rootOf(api, Number(stdout.trim()));
  await createS3Client(gateway).call({ method: "PUT", path: "/album/k", body: "kept", account });

  const refused = await stave("services", "remove", "full", "--yes");
  expect(refused).toMatchObject({ code: 6, stdout: "", stderr: expect.stringContaining("--with-objects") });
  const plan = await stave("services", "remove", "full", "--dry-run");
  expect(plan.stdout).toMatch(/^Buckets +2, 1 with objects: album, empty\nObjects +1\nBytes +4 B$/m);
  expect(plan.stderr).toContain("It would be refused: These buckets are not empty: album.");
  expect(await stave("services", "remove", "full", "--with-objects")).toMatchObject({ code: 2 });
  expect(await stave("services", "remove", "full", "--with-objects", "--yes")).toMatchObject({ code: 0, stdout: "" });
  expect(await stave("services", "show", "full")).toMatchObject({ code: 5 });
});

test("a service is changed, stopped, started and rotated by its name; what stays as it is, is named", async () => {
  await stave("services", "create", "-n", "changing");

  const update = (...more: string[]) => stave("services", "update", "changing", ...more);
  expect((await update("-s", "quota_tier=10gb", "--json")).json()).toMatchObject({ name: "changing" });
  expect((await stave("services", "show", "changing")).stdout).toMatch(/quota_bytes +10000000000/);
  expect(await update("-s", "quota_bytes=")).toMatchObject({ code: 0 });
  expect((await stave("services", "show", "changing")).stdout).not.toContain("quota_bytes");
  expect(await update("-s", "region=eu-west-1")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("region cannot be changed of a service of the engine stave."),
  });
  expect(await update()).toMatchObject({ code: 2 });
  expect((await stave("services", "stop", "changing", "--json")).json()).toMatchObject({ status: "stopped" });
  expect(await stave("services", "rotate", "changing", "--yes")).toMatchObject({ code: 6 });
  expect((await stave("services", "restart", "changing", "--json")).json()).toMatchObject({ status: "running" });
  const before = (await stave("services", "show", "changing", "--json")).json().service.access_key;
  expect(await stave("services", "rotate", "changing")).toMatchObject({ code: 2, stdout: "" });
  const rotated = await stave("services", "rotate", "changing", "--yes", "--grace", "1h");
  expect(rotated).toMatchObject({ code: 0, stderr: expect.stringContaining(`${before} works until `) });
  expect(rotated.stdout).toMatch(/^AKIA\w{16}\n$/);
});

test("engines and their parameters are listed, and Docker that is away is said in words", async () => {
  const types = await stave("services", "types");
  expect(types.stdout).toMatch(/^s3 +stave +yes +/m);
  expect(types.stderr).toContain("no-docker.sock");
  expect((await stave("services", "types", "external")).stdout).toMatch(/^secret_key +string +yes +stays +A secret/m);
  expect(await stave("services", "types", "tape")).toMatchObject({ code: 2 });
  expect(await stave("services", "importable")).toMatchObject({ code: 3, stdout: "" });
});
