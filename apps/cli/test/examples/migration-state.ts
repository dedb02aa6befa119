import { onTestFinished } from "vitest";
import type { TestApi } from "../../../api/test/support/start-api.ts";
import { waitFor } from "../../../api/test/support/wait-for.ts";
import { act } from "./act.ts";
import type { Replacements, World } from "./fixture.ts";
import { putObjects } from "./put-objects.ts";

const services = "/api/external-services";
/** A bucket with as many small objects takes some seconds at the lowest speed, and each of them a moment only. */
const slow = { count: 32, bandwidth: 1024 };

/** `my-storage` is a service of its own, with something in its bucket `photos`. */
export async function asSource({ api }: World): Promise<Replacements> {
  const { number, name } = await makeSource(api);
  return { "my-storage": name, "new-home": `home-${number}`, photos: `photos-${number}`, pics: `pics-${number}` };
}

/** `my-storage` is a service that was carried elsewhere, by the migration `ID`. */
export async function asCarried({ api }: World): Promise<Replacements> {
  const { name, id, number } = await makeSource(api);
  return { "my-storage": name, ID: (await migrate(api, id, number)).id };
}

/** As {@link asCarried}, always the same one: it is only looked at. */
export async function asOnceCarried(world: World): Promise<Replacements> {
  const { status, body } = await world.api.call(`${services}/by-slug/looked-at`);
  if (status !== 200) {
    const { id, number } = await makeSource(world.api, "looked-at");
    return { "my-storage": "looked-at", ID: (await migrate(world.api, id, number)).id };
  }
  const [migration] = await act(world.api, `${services}/${body.service.id}/migrations`, { method: "GET" });
  return { "my-storage": "looked-at", ID: migration.id };
}

/** `my-storage` is a service that is being carried elsewhere, by the migration `ID`. */
export async function asBeingCarried(world: World): Promise<Replacements> {
  const [begun] = await startSlowMigrations(world, 1);
  return { "my-storage": begun?.name ?? "", ID: begun?.id ?? "" };
}

/** They go on for some seconds, and are called off when the test has ended. */
export async function startSlowMigrations({ api }: World, count: number): Promise<readonly Begun[]> {
  const all = await Promise.all(Array.from({ length: count }, () => startSlowMigration(api)));
  onTestFinished(async () => {
    for (const { path } of all) await act(api, `${path}/cancel`, { mayRefuse: [409] });
    for (const { job } of all) await waitFor(async () => (await api.call(job)).body.data.finishedAt !== null);
  });
  return all;
}

type Begun = { readonly name: string; readonly id: string; readonly path: string; readonly job: string };

async function startSlowMigration(api: TestApi): Promise<Begun> {
  const { id: source, name, number } = await makeSource(api, undefined, slow.count);
  const json = wantedFor(number, { bandwidth: slow.bandwidth });
  const { status, body } = await api.call(`${services}/${source}/migrate`, { method: "POST", json });
  if (status !== 202) throw new Error(`${status}: ${JSON.stringify(body)}`);
  const { id } = body.migration;
  return { name, id, path: `${services}/${source}/migrations/${id}`, job: `/api/jobs/${body.job_id}` };
}

async function makeSource(api: TestApi, called?: string, count = 1) {
  const number = process.hrtime.bigint();
  const name = called ?? `source-${number}`;
  const { id } = await act(api, services, { json: { name, service_type: "s3", parameters: {} } });
  await putObjects(api, { service: name, bucket: `photos-${number}`, count });
  return { id: Number(id), name, number };
}

async function migrate(api: TestApi, source: number, number: bigint): Promise<{ readonly id: string }> {
  return (await act(api, `${services}/${source}/migrate`, { json: wantedFor(number) })).migration;
}

/** Both services are of one server, which has each name of a bucket once. */
function wantedFor(number: bigint, options: { readonly bandwidth?: number } = {}) {
  const target = { name: `home-${number}`, engine: "stave", parameters: {} };
  return { target, options: { ...options, bucket_names: { [`photos-${number}`]: `pics-${number}` } } };
}
