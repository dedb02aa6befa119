import { act } from "./act.ts";
import type { Fixture, World } from "./fixture.ts";
import { unlink } from "./link-state.ts";
import { idOfStorage, makeRunning, withServiceFor } from "./service-state.ts";

async function lastJob({ api, stave }: World) {
  await stave("services", "create", "-n", `job-${process.hrtime.bigint()}`);
  const { body } = await api.call("/api/jobs?limit=1");
  return { ID: String(body.data[0].id) };
}

async function withoutStorage(world: World): Promise<undefined> {
  await unlink(world);
  await act(world.api, `/api/external-services/${await idOfStorage(world.api)}?force=true`, { method: "DELETE" });
}

const noDocker = [3, "there is no Docker here"] as const;

export const serviceFixtures: readonly Fixture[] = [
  { of: /^services create -t s3 -n my-storage/, prepare: withoutStorage },
  // An address that nobody reaches stays with no service that others use.
  { of: /^services update --id 1/, prepare: withServiceFor("--id 1") },
  { of: /^services rotate/, prepare: makeRunning },
  { of: /^services remove --id 2/, prepare: withServiceFor("--id 2") },
  { of: /^services import/, code: noDocker },
  { of: /^jobs (show|watch)/, prepare: lastJob },
  { of: /^jobs cancel/, prepare: lastJob, code: [6, "its work is done before anybody could call it off"] },
];
