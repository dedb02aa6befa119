import type { Kysely } from "kysely";
import { Migrator } from "kysely/migration";
import { ControlDatabaseError } from "./control-database-error.ts";
import { accountsAndKeys } from "./migrations/0001-accounts-and-keys.ts";
import { usersAndTokens } from "./migrations/0002-users-and-tokens.ts";
import { jobs } from "./migrations/0003-jobs.ts";
import { services } from "./migrations/0004-services.ts";
import { idempotency } from "./migrations/0005-idempotency.ts";
import { healthAndEvents } from "./migrations/0006-health-and-events.ts";
import { links } from "./migrations/0007-links.ts";
import { identities } from "./migrations/0008-identities.ts";
import { issuedKeys } from "./migrations/0009-issued-keys.ts";
import { backups } from "./migrations/0010-backups.ts";
import { migrations as serviceMigrations } from "./migrations/0011-migrations.ts";
import { containers } from "./migrations/0012-containers.ts";
import { watching } from "./migrations/0013-watching.ts";
import { versions } from "./migrations/0014-versions.ts";
import type { Schema } from "./schema.ts";

/** By name, in order; a migration that was released is never changed. */
const migrations = {
  "0001-accounts-and-keys": accountsAndKeys,
  "0002-users-and-tokens": usersAndTokens,
  "0003-jobs": jobs,
  "0004-services": services,
  "0005-idempotency": idempotency,
  "0006-health-and-events": healthAndEvents,
  "0007-links": links,
  "0008-identities": identities,
  "0009-issued-keys": issuedKeys,
  "0010-backups": backups,
  "0011-migrations": serviceMigrations,
  "0012-containers": containers,
  "0013-watching": watching,
  "0014-versions": versions,
};

/** Brings the schema up to date. Throws `DatabaseTooNew` for one that a later version has changed, and `DatabaseUnusable`. */
export async function migrate(db: Kysely<Schema>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const message = error instanceof Error ? error.message : String(error);
  if (/corrupted migrations/.test(message)) {
    throw databaseTooNew(error);
  }
  throw new ControlDatabaseError("DatabaseUnusable", `The control database cannot be brought up to date: ${message}.`, {
    cause: error,
  });
}

export function isKnownMigration(name: string): boolean {
  return Object.hasOwn(migrations, name);
}

export function databaseTooNew(cause?: unknown): ControlDatabaseError {
  return new ControlDatabaseError(
    "DatabaseTooNew",
    "The control database was changed by a newer version of Stave: run that version, or restore a backup of the database.",
    { cause },
  );
}
