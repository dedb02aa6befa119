import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  asNewDisk,
  asSpareDisk,
  onlyDisk,
  placeFar,
  whereTo,
  withBackup,
  withBackups,
  withFar,
  withNewBackup,
  withNightly,
  withoutSchedules,
  withRestore,
} from "./backup-state.ts";
import type { Fixture, Replacements, World } from "./fixture.ts";
import { startSlowMigrations } from "./migration-state.ts";

/** `ID` is a backup that waits for its turn: two things go on that take long, and there are no more at a time. */
async function withWaiting(world: World): Promise<Replacements> {
  await startSlowMigrations(world, 2);
  const { status, body } = await world.api.call("/api/backups", { method: "POST", json: await whereTo(world) });
  if (status !== 202) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return { ID: body.data.id };
}

/** The server that the example names is this one; keys that its environment would have are said. */
async function reachFar(world: World): Promise<Replacements> {
  const { endpoint, accessKeyId, secretAccessKey } = await placeFar(world);
  await writeFile(join(world.folder, "far.txt"), secretAccessKey, { mode: 0o600 });
  return {
    "https://s3.example.com": endpoint,
    "-b backups": `-b backups --access-key ${accessKeyId} --secret-key-file far.txt`,
  };
}

async function writeSecretOfFar(world: World): Promise<undefined> {
  await reachFar(world);
  await withFar(world);
  return undefined;
}

export const backupFixtures: readonly Fixture[] = [
  { of: /^backups /, prepare: onlyDisk },
  { of: /^backups (show|verify|download|restore) /, prepare: withBackup },
  { of: /^backups delete/, prepare: withNewBackup },
  { of: /^backups prune/, prepare: withBackups },
  { of: /^backups cancel/, prepare: withWaiting },
  { of: /^backups restores show/, prepare: withRestore },
  { of: /^backups destinations create -n disk/, prepare: asNewDisk },
  { of: /^backups destinations create -n far/, prepare: reachFar },
  { of: /^backups destinations (update|remove) disk/, prepare: asSpareDisk },
  { of: /^backups destinations update far/, prepare: writeSecretOfFar },
  { of: /^backups schedules create/, prepare: withoutSchedules },
  { of: /^backups schedules (show|update|remove)/, prepare: withNightly },
];
