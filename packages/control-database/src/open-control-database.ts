import { chmodSync, closeSync, existsSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { AccessKeyStore, CanaryStore } from "@stave/credential-vault";
import { Kysely, PostgresDialect } from "kysely";
import { createAccessKeyTable } from "./access-key-table.ts";
import { type AccountTable, createAccountTable } from "./account-table.ts";
import { type AlertTable, createAlertTable } from "./alert-table.ts";
import { type ApiTokenTable, createApiTokenTable } from "./api-token-table.ts";
import { type AuditLog, createAuditLog, createRecord } from "./audit-log.ts";
import { type BackupDestinationTable, createBackupDestinationTable } from "./backup-destination-table.ts";
import { type BackupScheduleTable, createBackupScheduleTable } from "./backup-schedule-table.ts";
import { type BackupTable, createBackupTable } from "./backup-table.ts";
import { type BucketRemovals, createBucketRemovals } from "./bucket-removals.ts";
import { createCanarySetting } from "./canary-setting.ts";
import { type ContainerTable, createContainerTable } from "./container-table.ts";
import { type ContainerWatchTable, createContainerWatchTable } from "./container-watch-table.ts";
import { ControlDatabaseError } from "./control-database-error.ts";
import { createEnvironmentTable, type EnvironmentTable } from "./environment-table.ts";
import { createEventTable, type EventTable } from "./event-table.ts";
import { createIdempotencyTable, type IdempotencyTable } from "./idempotency-table.ts";
import { createIdentityTable, type IdentityTable } from "./identity-table.ts";
import { createIssuedKeyTable, type IssuedKeyTable } from "./issued-key-table.ts";
import { createJobLog, type JobLog } from "./job-log-table.ts";
import { createJobTable, type JobTable } from "./job-table.ts";
import { createLinkSinkTable, type LinkSinkTable } from "./link-sink-table.ts";
import { createLinkTable, type LinkTable } from "./link-table.ts";
import { createMetricTable, type MetricTable } from "./metric-table.ts";
import { migrate } from "./migrate.ts";
import { createMigrationTable, type MigrationTable } from "./migration-table.ts";
import { createNoticeWebhookTable, type NoticeWebhookTable } from "./notice-webhook-table.ts";
import { createOptionTable, type OptionTable } from "./option-table.ts";
import { createProjectTable, type ProjectTable } from "./project-table.ts";
import { createRestoreTable, type RestoreTable } from "./restore-table.ts";
import type { Schema } from "./schema.ts";
import { createSecretTable, type SecretTable } from "./secret-table.ts";
import { createServiceHealthTable, type ServiceHealthTable } from "./service-health-table.ts";
import { createServiceTable, type ServiceTable } from "./service-table.ts";
import { createServiceVersionTable, type ServiceVersionTable } from "./service-version-table.ts";
import { createSessionTable, type SessionTable } from "./session-table.ts";
import { createSqliteDialect } from "./sqlite-dialect.ts";
import { createUserTable, type UserTable } from "./user-table.ts";

export interface ControlDatabase {
  /** The tables for somebody, named as the audit log will: every change is written there in the same transaction. */
  as(actor: string): ControlTables;
  readonly canary: CanaryStore;
  readonly audit: AuditLog;
  /** What those who watch are told of changes of jobs and services. */
  readonly events: EventTable;
  readonly idempotency: IdempotencyTable;
  /** Grows with every change of an account, an access key, a project, a secret or a user, in this process or another. */
  revision(): Promise<number>;
  close(): Promise<void>;
}

export type ControlTables = {
  readonly accounts: AccountTable;
  readonly accessKeys: AccessKeyStore;
  readonly alerts: AlertTable;
  readonly apiTokens: ApiTokenTable;
  readonly bucketRemovals: BucketRemovals;
  readonly identities: IdentityTable;
  readonly backupDestinations: BackupDestinationTable;
  readonly backupSchedules: BackupScheduleTable;
  readonly backups: BackupTable;
  readonly containers: ContainerTable;
  readonly containerWatch: ContainerWatchTable;
  readonly issuedKeys: IssuedKeyTable;
  readonly jobs: JobTable;
  readonly jobLog: JobLog;
  readonly migrations: MigrationTable;
  readonly metrics: MetricTable;
  readonly noticeWebhooks: NoticeWebhookTable;
  readonly options: OptionTable;
  readonly restores: RestoreTable;
  readonly services: ServiceTable;
  readonly serviceHealth: ServiceHealthTable;
  readonly serviceVersions: ServiceVersionTable;
  readonly projects: ProjectTable;
  readonly environments: EnvironmentTable;
  readonly links: LinkTable;
  readonly linkSinks: LinkSinkTable;
  readonly secrets: SecretTable;
  readonly sessions: SessionTable;
  readonly users: UserTable;
};

export type ControlDatabaseOptions = {
  /** Where it is: a file of SQLite, or a PostgreSQL server. */
  readonly at: { readonly file: string } | { readonly postgres: string };
  /** Refuses to make a file that is not there. @default false */
  readonly mustExist?: boolean;
  /** @default the system clock */
  readonly now?: () => Date;
};

const connectTimeoutMs = 10_000;

/**
 * Opens the control database, creates it when there is none, and brings its schema up to date. Throws `DatabaseUnusable`,
 * `DatabaseTooNew` and, when it must exist, `DatabaseMissing`.
 *
 * @example
 * const database = await openControlDatabase({ at: { file: "/var/lib/stave/control.sqlite" } });
 */
export async function openControlDatabase({
  at,
  mustExist = false,
  now = () => new Date(),
}: ControlDatabaseOptions): Promise<ControlDatabase> {
  if (mustExist && "file" in at && !existsSync(at.file)) {
    throw new ControlDatabaseError("DatabaseMissing", `There is no control database ${at.file}.`);
  }
  const db = new Kysely<Schema>({ dialect: "file" in at ? openSqlite(at.file) : await openPostgres(at.postgres) });
  try {
    await migrate(db);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return {
    as(actor) {
      const record = createRecord(actor, now);
      return {
        accounts: createAccountTable(db, record),
        accessKeys: createAccessKeyTable(db, record),
        bucketRemovals: createBucketRemovals(db, record),
        alerts: createAlertTable(db, { now, record }),
        apiTokens: createApiTokenTable(db, record),
        identities: createIdentityTable(db, { now, record }),
        backupDestinations: createBackupDestinationTable(db, { now, record }),
        backupSchedules: createBackupScheduleTable(db, { actor, now, record }),
        backups: createBackupTable(db, { actor, now, record }),
        containers: createContainerTable(db, { now, record }),
        containerWatch: createContainerWatchTable(db, { now, record }),
        issuedKeys: createIssuedKeyTable(db, { now, record }),
        jobs: createJobTable(db, { actor, now, record }),
        jobLog: createJobLog(db, now),
        restores: createRestoreTable(db, { actor, now, record }),
        migrations: createMigrationTable(db, { actor, now, record }),
        metrics: createMetricTable(db),
        noticeWebhooks: createNoticeWebhookTable(db, { actor, now, record }),
        options: createOptionTable(db, record),
        services: createServiceTable(db, { actor, now, record }),
        serviceHealth: createServiceHealthTable(db, { now, record }),
        serviceVersions: createServiceVersionTable(db, { record }),
        projects: createProjectTable(db, record),
        environments: createEnvironmentTable(db, { now, record }),
        links: createLinkTable(db, { actor, now, record }),
        linkSinks: createLinkSinkTable(db, { now, record }),
        secrets: createSecretTable(db, { now, record }),
        sessions: createSessionTable(db, record),
        users: createUserTable(db, record),
      };
    },
    canary: createCanarySetting(db),
    audit: createAuditLog(db, now),
    events: createEventTable(db),
    idempotency: createIdempotencyTable(db),
    async revision() {
      const { value } = await db.selectFrom("revision").select("value").where("id", "=", 1).executeTakeFirstOrThrow();
      return value;
    },
    close: () => db.destroy(),
  };
}

function openSqlite(file: string) {
  try {
    closeSync(openSync(file, "a", 0o600));
    chmodSync(file, 0o600); // the mode above is only for a file that was not there
    const database = new DatabaseSync(file, { timeout: connectTimeoutMs });
    // FULL: with WAL, what was answered must survive a power cut as well.
    database.exec("pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on");
    database.exec("pragma busy_timeout = 0"); // from now on the driver waits: see there
    return createSqliteDialect(database);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ControlDatabaseError("DatabaseUnusable", `Cannot open the control database ${file}: ${reason}.`, {
      cause,
    });
  }
}

/** The driver is loaded only where it is used. */
async function openPostgres(url: string): Promise<PostgresDialect> {
  const { Pool } = await import("pg");
  const pool = new Pool({ connectionString: url, connectionTimeoutMillis: connectTimeoutMs });
  pool.on("error", () => {}); // an idle connection was lost: the next query opens another, or throws
  return new PostgresDialect({ pool });
}
