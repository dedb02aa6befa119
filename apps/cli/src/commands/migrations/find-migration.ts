import type { CallAnswer, Routes } from "@stave/api-contract";
import type { ApiClient } from "../../api/api-client.ts";
import { findService } from "../../api/find-service.ts";
import { CliError } from "../../command/cli-error.ts";

export type Migration = CallAnswer<Routes["getMigration"]>["body"];

/** The one that is named, or the newest of a service. */
export async function findMigration(
  client: ApiClient,
  { service, migration }: { readonly service: string; readonly migration: string | undefined },
): Promise<Migration> {
  const { id, name } = await findService(client, service);
  if (migration !== undefined) return await readMigration(client, { service: id, migration });
  const params = { id };
  const { body } = await client.call("get /api/external-services/{id}/migrations", { params, query: { limit: 1 } });
  const [newest] = body;
  if (newest !== undefined) return newest;
  throw new CliError("NotFound", `There is no migration from or to ${name}.`, {
    next: [`stave migrations start ${service} --to-new NAME --dry-run`],
  });
}

export async function readMigration(
  { call }: ApiClient,
  { service, migration }: { readonly service: number; readonly migration: string },
): Promise<Migration> {
  const params = { id: service, migration_id: migration };
  return (await call("get /api/external-services/{id}/migrations/{migration_id}", { params })).body;
}
