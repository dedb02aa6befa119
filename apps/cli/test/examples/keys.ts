import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Fixture, World } from "./fixture.ts";
import { ask, bucketPath } from "./storage.ts";

type Listed = { readonly accessKeyId: string; readonly replacedBy: string | null };

/** The newest one that nothing has replaced, or a new one. The api lets nobody issue many. */
async function usableKey(world: World, path: string) {
  const { data } = await ask(world, path);
  const found = data.find(({ replacedBy }: Listed) => replacedBy === null);
  const key = found ?? (await ask(world, path, { method: "POST", json: {} })).data;
  return { ID: key.accessKeyId };
}

/** Secrets are written into new files only. */
async function withoutSecretFiles({ folder }: World) {
  for (const name of ["photos", "new", "in", "session"]) await rm(join(folder, `${name}.env`), { force: true });
  return undefined;
}

export const keyFixtures: readonly Fixture[] = [
  { of: /^keys (show|rotate|revoke) ID/, prepare: (world) => usableKey(world, "/api/storage/s3/access-keys") },
  {
    of: /^credentials (show|export|rotate|revoke) photos ID/,
    prepare: (world) => usableKey(world, `${bucketPath("photos")}/credentials`),
  },
  { of: /^(keys|credentials) .*--(dotenv|output) \S+\.env/, prepare: withoutSecretFiles },
];
