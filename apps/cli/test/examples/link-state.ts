import type { TestApi } from "../../../api/test/support/start-api.ts";
import { act } from "./act.ts";
import type { World } from "./fixture.ts";
import { idOfStorage } from "./service-state.ts";

const services = "/api/external-services";

type Found = {
  readonly service: { readonly id: number };
  readonly environment: string;
  readonly status: string;
};

/** The project `my-app` is linked to `my-storage` and to service 1. */
export async function link({ api }: World): Promise<undefined> {
  await linkIn(api, "production");
}

export async function linkStaging({ api }: World): Promise<undefined> {
  await addStaging(api);
  await linkIn(api, "staging");
}

/** The environment `staging` is there, and linked to nothing. */
export async function makeStaging({ api }: World): Promise<undefined> {
  await addStaging(api);
  await unlinkFrom(api, ({ environment }) => environment === "staging");
}

/** The project `my-app` is linked to nothing. */
export async function unlink({ api }: World): Promise<undefined> {
  await unlinkFrom(api, () => true);
}

async function linkIn(api: TestApi, environment: string): Promise<void> {
  const storage = await idOfStorage(api);
  await act(api, `${services}/${storage}/start`);
  const isHere = (one: Found) => one.environment === environment;
  const found = (await linksOf(api)).filter((one) => isHere(one) && one.status === "active");
  if ([1, storage].every((id) => found.some(({ service }) => service.id === id))) return;
  await unlinkFrom(api, isHere);
  // Each has names of its own for its variables: else the second one would be refused.
  for (const [id, prefix] of [
    [storage, ""],
    [1, "FIRST"],
  ]) {
    await act(api, `${services}/${id}/projects`, { json: { project_id: "my-app", environment, prefix } });
  }
}

async function addStaging(api: TestApi): Promise<void> {
  await act(api, "/api/projects/my-app/environments", { json: { name: "staging" }, mayRefuse: [409] });
}

async function unlinkFrom(api: TestApi, isMeant: (link: Found) => boolean): Promise<void> {
  for (const { service, environment } of (await linksOf(api)).filter(isMeant)) {
    const query = new URLSearchParams({ environment });
    await act(api, `${services}/${service.id}/projects/my-app?${query}`, { method: "DELETE" });
  }
}

async function linksOf(api: TestApi): Promise<readonly Found[]> {
  return await act(api, `${services}/projects/my-app`, { method: "GET" });
}

/** The link has a key before its present one. */
export function rotate(of: (api: TestApi) => Promise<number>) {
  return async (world: World): Promise<undefined> => {
    await link(world);
    await act(world.api, `${services}/${await of(world.api)}/projects/my-app/rotate`, { json: {} });
  };
}

/** The link has a sink, and `SINK` is its id. */
export function addSink(of: (api: TestApi) => Promise<number>) {
  return async (world: World): Promise<Readonly<Record<string, string>>> => {
    await link(world);
    const path = `${services}/${await of(world.api)}/projects/my-app/sinks`;
    const json = { kind: "dotenv", path: `sink-${process.hrtime.bigint()}.env` };
    return { SINK: (await act(world.api, path, { json })).sink.id };
  };
}
