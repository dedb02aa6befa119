import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { addExternal } from "../../api/test/support/migrating.ts";
import { createService } from "../../api/test/support/service-account.ts";
import { startApi, type TestApi } from "../../api/test/support/start-api.ts";
import { createS3Client } from "../../gateway/test/support/s3-client.ts";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { runStave } from "./support/run-stave.ts";
import { storageOf } from "./support/service-storage.ts";

// Everything of a service is read, written and compared.
vi.setConfig({ testTimeout: 120_000 });

let gateway: TestGateway;
let other: TestGateway;
let api: TestApi;
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "stave-cli-"));
  [gateway, other] = await Promise.all([startGateway({ workers: 1 }), startGateway({ workers: 1 })]);
  api = await startApi(gateway, { args: ["--allow-private-addresses"] });
}, 60_000);

afterAll(async () => {
  await api?.stop();
  await Promise.all([gateway?.stop(), other?.stop()]);
  await rm(home, { recursive: true });
});

const stave = (...args: string[]) =>
  runStave(args, { cwd: home, env: { STAVE_CONFIG_DIR: home, STAVE_URL: api.endpoint, STAVE_TOKEN: api.token } });

/** Links a new project, and answers the bucket that it gets. */
async function linkProject(id: number, name: string): Promise<string> {
  const { body: project } = await api.call("/api/projects", { method: "POST", json: { name } });
  const path = `/api/external-services/${id}/projects`;
  const { body } = await api.call(path, { method: "POST", json: { project_id: project.data.slug } });
  await stave("jobs", "watch", body.job_id);
  return (await api.call(path)).body[0].bucket;
}

test("a service is carried to a new one, with its objects and links, and back", async () => {
  const { body } = await createService(api, "my-storage");
  const source = await storageOf(api, gateway, body.id);
  const bucket = await linkProject(body.id, "my-app");
  await source.put(`/${bucket}/a`, "of a");

  const start = ["migrate", "start", "my-storage", "--to-new", "new-home", "--rename", `${bucket}=pics`];
  expect(await stave("migrations", "list", "my-storage")).toMatchObject({ code: 0, stdout: "" });
  const dry = await stave(...start, "--dry-run");
  expect(dry.stdout).toMatch(/^\S+ +pics \(new\) +no +1 +0 +4 B$/m);
  expect(dry.stdout).toMatch(/^links: \S+ \(/m);
  const services = (await stave("services", "list", "--json")).json();
  expect(services.map(({ name }: { name: string }) => name)).not.toContain("new-home");
  expect(await stave(...start)).toMatchObject({ code: 2, stderr: expect.stringContaining("--yes is missing") });

  const done = await stave(...start, "--yes");
  expect(done).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^my-storage is at new-home now: 1 objects, 4 B/m),
  });
  expect(done.stderr).toMatch(/^Redeploy the project \S+ \(\S+\): it has new variables\.$/m);
  const shown = (await stave("migrations", "show", "new-home", "--json")).json();
  const target = await storageOf(api, gateway, shown.target.id);
  expect(await target.read("/pics/a")).toBe("of a");
  await expect(source.put(`/${bucket}/b`, "late")).rejects.toThrow("403");

  const back = await stave("migrate", "rollback", "my-storage", "--yes", "--json");
  expect(back.json()).toMatchObject({ state: "rolled_back", links: [{ service_id: body.id }] });
  await source.put(`/${bucket}/b`, "late");
});

test("what an external server has is carried here; the report names what was not carried", async () => {
  const outside = createS3Client(other);
  await outside.call({ method: "PUT", path: "/outside" });
  await outside.call({ method: "PUT", path: "/outside/odd%0A%1B%5B31m", body: "odd" });
  await addExternal(api, other, "outside");

  const done = await stave("migrations", "start", "outside", "--to-new", "inside", "--verify", "read", "--yes");
  expect(done).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[\da-f]+\n$/) });
  expect(done.stderr).toContain("outside is at inside now: 1 objects, 3 B. The migration:");
  const shown = (await stave("migrations", "status", "outside", "--json")).json();
  expect(shown).toMatchObject({ id: done.stdout.trim(), state: "completed", report: { objects: 1, failed: 0 } });
  const inside = await storageOf(api, gateway, shown.target.id);
  expect(await inside.read("/outside/odd%0A%1B%5B31m")).toBe("odd");
  expect((await stave("migrations", "show", "inside", done.stdout.trim())).stdout).toMatch(/^Compared +1$/m);
  expect((await stave("migrations", "ls", "inside")).stdout).toMatch(/ outside +inside +completed +1 +0 /);
  const report = await stave("migrations", "report", "outside", "--json");
  for (const line of report.stdout.trimEnd().split("\n"))
    expect(JSON.parse(line)).toMatchObject({ outcome: "not carried" });
  expect((await stave("migrations", "watch", "outside")).code).toBe(0);
  expect(await stave("migrations", "cancel", "outside")).toMatchObject({ code: 6 });
  expect(await stave("migrations", "rollback", "outside")).toMatchObject({ code: 2 });
  expect(await stave("migrations", "rollback", "outside", "--yes")).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("The links are back at outside."),
  });
});

test.each<[string, readonly string[], number, RegExp]>([
  ["without a target", ["start", "my-storage"], 2, /--to SERVICE or --to-new NAME/],
  ["with two targets", ["start", "my-storage", "--to", "1", "--to-new", "x"], 2, /--to SERVICE or --to-new NAME/],
  ["to itself", ["start", "my-storage", "--to", "my-storage", "--yes"], 2, /the service itself/],
  ["of a service that there is not", ["start", "none", "--to-new", "x", "--yes"], 5, /NOT_FOUND/],
  ["that there is not", ["show", "my-storage", "abc"], 5, /NOT_FOUND/],
  [
    "with a parameter that there is not",
    ["start", "my-storage", "--to-new", "x", "-s", "colour=blue", "--yes"],
    2,
    /no parameter "colour"/,
  ],
  ["with a bandwidth of nothing", ["start", "my-storage", "--to-new", "x", "--bandwidth", "1"], 2, /4MiB/],
])("a migration %s is refused", async (_, args, code, stderr) => {
  const refused = await stave("migrations", ...args);
  expect(refused).toMatchObject({ code, stdout: "" });
  expect(refused.stderr).toMatch(stderr);
});
