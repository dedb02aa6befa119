import type { ApiClient } from "../../api/api-client.ts";
import { listAll } from "../../api/list-all.ts";
import { findOne } from "../../command/find-one.ts";

/** By its id, or by its name. */
export async function findSchedule(client: ApiClient, named: string) {
  const schedules = await listSchedules(client);
  return findOne(schedules, named, {
    what: "schedule",
    nameOf: ({ name }) => name,
    list: "stave backups schedules list",
  });
}

export async function listSchedules({ call }: ApiClient, filter: { readonly service?: number | undefined } = {}) {
  return await listAll((query) => call("get /api/backups/schedules", { query: { ...query, ...filter } }));
}
