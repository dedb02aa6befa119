import { rootOf } from "../../../api/test/support/service-account.ts";
import type { TestApi } from "../../../api/test/support/start-api.ts";
import { act } from "./act.ts";
import type { Replacements, World } from "./fixture.ts";
import { putObjects } from "./put-objects.ts";

const backups = "/api/backups";

type Named = { readonly id: string; readonly name: string };
type Backup = { readonly id: string; readonly state: string };

const listOf = async <Row>(api: TestApi, path: string): Promise<readonly Row[]> =>
  (await act(api, path, { method: "GET" })).data;

/** The only destination is `disk`. */
export async function onlyDisk({ api }: World): Promise<undefined> {
  const destinations = await listOf<Named>(api, `${backups}/destinations`);
  for (const { id, name } of destinations) {
    if (name !== "disk") await act(api, `${backups}/destinations/${id}`, { method: "DELETE" });
  }
  if (!destinations.some(({ name }) => name === "disk")) await addDirectory(api, "disk");
  return undefined;
}

async function addDirectory(api: TestApi, name: string): Promise<void> {
  await act(api, `${backups}/destinations`, { json: { kind: "local", name, directory: name } });
}

/** `disk` is another one, that is not there yet. */
export async function asNewDisk(): Promise<Replacements> {
  return { disk: `disk-${process.hrtime.bigint()}` };
}

/** `disk` is another one, that nothing needs. */
export async function asSpareDisk({ api }: World): Promise<Replacements> {
  const replaced = await asNewDisk();
  for (const name of Object.values(replaced)) await addDirectory(api, name);
  return replaced;
}

/** Where `far` may be: a bucket of this server, with its keys. */
export async function placeFar({ api }: World) {
  await act(api, "/api/storage/buckets", { json: { name: "backups" }, mayRefuse: [409] });
  const { accessKeyId, secretAccessKey } = await rootOf(api, 1);
  const { service } = await act(api, "/api/external-services/1", { method: "GET" });
  const endpoint: string = service.endpoint;
  return { endpoint, bucket: "backups", accessKeyId, secretAccessKey };
}

export async function withFar(world: World): Promise<undefined> {
  const json = { kind: "s3", name: "far", ...(await placeFar(world)) };
  await act(world.api, `${backups}/destinations`, { json });
  return undefined;
}

export async function withoutSchedules({ api }: World): Promise<undefined> {
  for (const { id } of await listOf<Named>(api, `${backups}/schedules`)) {
    await act(api, `${backups}/schedules/${id}`, { method: "DELETE" });
  }
  return undefined;
}

/** The only schedule is `nightly`. */
export async function withNightly(world: World): Promise<undefined> {
  await withoutSchedules(world);
  const json = { name: "nightly", cron: "0 3 * * *", ...(await whereTo(world)) };
  await act(world.api, `${backups}/schedules`, { json });
  return undefined;
}

/** `ID` is a good backup of `my-storage`. */
export async function withBackup(world: World): Promise<Replacements> {
  return { ID: (await makeBackups(world, 1))[0] ?? "" };
}

/** `ID` is one that nobody has read: what is being downloaded stays for a while. */
export async function withNewBackup(world: World): Promise<Replacements> {
  return { ID: (await act(world.api, backups, { json: await whereTo(world) })).data.id };
}

/** There are some to prune. */
export async function withBackups(world: World): Promise<undefined> {
  await makeBackups(world, 4);
  return undefined;
}

async function makeBackups(world: World, atLeast: number): Promise<readonly string[]> {
  const { api } = world;
  const json = await whereTo(world);
  const found = await listOf<Backup>(api, `${backups}?service=${json.serviceId}`);
  const ids = found.filter(({ state }) => state === "completed").map(({ id }) => id);
  if (ids.length === 0) await putObjects(api, { service: "my-storage", bucket: "backed-up", count: 1 });
  while (ids.length < atLeast) ids.push((await act(api, backups, { json })).data.id);
  return ids;
}

/** `ID` is a restore of a backup. */
export async function withRestore(world: World): Promise<Replacements> {
  const [found] = await listOf<Backup>(world.api, `${backups}/restores?limit=1`);
  if (found !== undefined) return { ID: found.id };
  const { ID } = await withBackup(world);
  const json = { mode: "in_place", confirm: "my-storage" };
  return { ID: (await act(world.api, `${backups}/${ID}/restore`, { json })).data.id };
}

export async function whereTo({ api }: World) {
  const { service } = await act(api, "/api/external-services/by-slug/my-storage", { method: "GET" });
  const disk = (await listOf<Named>(api, `${backups}/destinations`)).find(({ name }) => name === "disk");
  return { serviceId: Number(service.id), destinationId: disk?.id ?? "" };
}
