export type { AccountRecord, AccountRules, AccountTable } from "./account-table.ts";
export {
  type AlertComparison,
  type AlertRecord,
  type AlertRule,
  type AlertTable,
  alertComparisons,
  type NewAlertRule,
} from "./alert-table.ts";
export type { ApiTokenRecord, ApiTokenTable, NewApiToken } from "./api-token-table.ts";
export type { AuditEntry, AuditLog, AuditRecord } from "./audit-log.ts";
export type {
  BackupDestinationChange,
  BackupDestinationRecord,
  BackupDestinationTable,
} from "./backup-destination-table.ts";
export type {
  BackupScheduleChange,
  BackupScheduleRecord,
  BackupScheduleTable,
  NewBackupSchedule,
} from "./backup-schedule-table.ts";
export type {
  BackupChunk,
  BackupCounts,
  BackupProblem,
  BackupRecord,
  BackupState,
  BackupTable,
} from "./backup-table.ts";
export type { BucketRemovals } from "./bucket-removals.ts";
export type { ContainerChange, ContainerRecord, ContainerTable, NewContainer } from "./container-table.ts";
export type {
  ContainerHappening,
  ContainerObservation,
  ContainerWatch,
  ContainerWatchTable,
} from "./container-watch-table.ts";
export { ControlDatabaseError, type ControlDatabaseErrorCode } from "./control-database-error.ts";
export { copySqlite } from "./copy-sqlite.ts";
export { type EnvironmentTable, firstEnvironment } from "./environment-table.ts";
export type { EventRecord, EventTable } from "./event-table.ts";
export type { IdempotencyState, IdempotencyTable } from "./idempotency-table.ts";
export type { IdentityTable, KnownIdentity } from "./identity-table.ts";
export { inspectSqlite, type SqliteInspection } from "./inspect-sqlite.ts";
export type { IssuedKeyPurpose, IssuedKeyQuery, IssuedKeyRecord, IssuedKeyTable } from "./issued-key-table.ts";
export type { JobLog, JobLogEntry } from "./job-log-table.ts";
export type { JobChange, JobProgress, JobRecord, JobState, JobTable, JobTypes, NewJob } from "./job-table.ts";
export type { LinkBucketRecord, LinkBuckets } from "./link-buckets.ts";
export { type LinkSinkRecord, type LinkSinkTable, type SinkKind, sinkKinds } from "./link-sink-table.ts";
export type { JobOfLink, LinkChange, LinkRecord, LinkTable, NewLink } from "./link-table.ts";
export type { MetricPoint, MetricTable } from "./metric-table.ts";
export type {
  MigrationObject,
  MigrationObjectState,
  MigrationObjects,
  MigrationObjectsQuery,
  MigrationTotals,
} from "./migration-objects.ts";
export {
  type JobOfMigration,
  type MigrationChange,
  type MigrationRecord,
  type MigrationState,
  type MigrationTable,
  migrationStates,
  type NewMigration,
} from "./migration-table.ts";
export type { LinkMove, LinkPlace } from "./move-links.ts";
export type { NoticeWebhook, NoticeWebhookTable } from "./notice-webhook-table.ts";
export {
  type ControlDatabase,
  type ControlDatabaseOptions,
  type ControlTables,
  openControlDatabase,
} from "./open-control-database.ts";
export type { OptionTable } from "./option-table.ts";
export type { ProjectRecord, ProjectTable } from "./project-table.ts";
export type { NewRestore, RestoreCounts, RestoreMode, RestoreRecord, RestoreTable } from "./restore-table.ts";
export type { SecretRecord, SecretTable } from "./secret-table.ts";
export type { HealthStatus, ServiceCheck, ServiceHealth, ServiceHealthTable } from "./service-health-table.ts";
export {
  type NewService,
  type ServiceChange,
  type ServiceEngine,
  type ServiceInsertOptions,
  type ServiceRecord,
  type ServiceStatus,
  type ServiceTable,
  serviceEngines,
} from "./service-table.ts";
export type { NewServiceVersion, ServiceVersion, ServiceVersionTable } from "./service-version-table.ts";
export type { NewSession, SessionRecord, SessionTable } from "./session-table.ts";
export type { NewUser, UserChange, UserRecord, UserRole, UserTable } from "./user-table.ts";
export { type RevisionWatch, watchRevision } from "./watch-revision.ts";
