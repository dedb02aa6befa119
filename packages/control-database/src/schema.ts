// One schema for SQLite and PostgreSQL, in what both have: text, integers, keys. Times are ISO 8601 in UTC with milliseconds,
// so that they sort as text; JSON is text that no query looks into.

/** `2030-01-01T00:00:00.000Z` */
export type Timestamp = string;

export interface Schema {
  readonly account: AccountRow;
  readonly access_key: AccessKeyRow;
  readonly issued_key: IssuedKeyRow;
  readonly project: ProjectRow;
  readonly project_bucket: ProjectBucketRow;
  readonly secret: SecretRow;
  readonly setting: SettingRow;
  readonly revision: RevisionRow;
  readonly audit: AuditRow;
  readonly user: UserRow;
  readonly session: SessionRow;
  readonly user_identity: UserIdentityRow;
  readonly used_sign_in: UsedSignInRow;
  readonly api_token: ApiTokenRow;
  readonly job: JobRow;
  readonly service: ServiceRow;
  readonly service_health: ServiceHealthRow;
  readonly service_check: ServiceCheckRow;
  readonly service_container: ServiceContainerRow;
  readonly service_version: ServiceVersionRow;
  readonly job_log: JobLogRow;
  readonly container_watch: ContainerWatchRow;
  readonly container_event: ContainerEventRow;
  readonly service_metric: ServiceMetricRow;
  readonly alert_rule: AlertRuleRow;
  readonly alert: AlertRow;
  readonly notice_webhook: NoticeWebhookRow;
  readonly event: EventRow;
  readonly idempotency: IdempotencyRow;
  readonly project_environment: ProjectEnvironmentRow;
  readonly link: LinkRow;
  readonly link_key: LinkKeyRow;
  readonly link_bucket: LinkBucketRow;
  readonly link_sink: LinkSinkRow;
  readonly backup_destination: BackupDestinationRow;
  readonly backup_schedule: BackupScheduleRow;
  readonly backup_folder: BackupFolderRow;
  readonly backup: BackupRow;
  readonly backup_chunk: BackupChunkRow;
  readonly restore: RestoreRow;
  readonly service_migration: MigrationRow;
  readonly migration_object: MigrationObjectRow;
}

export interface AccountRow {
  readonly id: string;
  readonly display_name: string;
  /** Lower case; null for who has none. */
  readonly email: string | null;
  readonly created_at: Timestamp;
  /** Of all its buckets together. */
  readonly quota_bytes: number | null;
  /** Since then none of its keys opens anything, and nobody reaches its buckets. */
  readonly suspended_at: Timestamp | null;
}

export interface AccessKeyRow {
  readonly access_key_id: string;
  readonly secret_envelope: string;
  readonly owner_id: string;
  readonly description: string;
  readonly scope: string | null;
  readonly created_at: Timestamp;
  readonly expires_at: Timestamp | null;
  readonly revoked_at: Timestamp | null;
  readonly replaced_by: string | null;
  readonly last_used_at: Timestamp | null;
}

/** What a key was issued for over the control plane. */
export interface IssuedKeyRow {
  readonly id: string;
  readonly access_key_id: string;
  readonly service_id: number;
  readonly project_id: string | null;
  readonly bucket: string | null;
  readonly bucket_created_at: Timestamp | null;
  /** As the key's, so that an index has it. */
  readonly created_at: Timestamp;
}

/** Buckets that belong together. */
export interface ProjectRow {
  readonly id: string;
  readonly name: string;
  readonly account_id: string;
  readonly created_at: Timestamp;
  /** Its name for people; null: as `name`. */
  readonly title: string | null;
  readonly revision: number;
}

export interface ProjectBucketRow {
  readonly project_id: string;
  readonly bucket: string;
}

/** Sealed values by name. */
export interface SecretRow {
  readonly name: string;
  readonly envelope: string;
  readonly created_at: Timestamp;
}

/** Single values by name. */
export interface SettingRow {
  readonly name: string;
  readonly value: string;
}

/** One row: grows with every change of what requests are decided by. */
export interface RevisionRow {
  readonly id: number;
  readonly value: number;
}

/** Only ever added to, and pruned by age. */
export interface AuditRow {
  /** `<timestamp>-<count>-<random>`: sorts by time. */
  readonly id: string;
  readonly at: Timestamp;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly details: string;
}

/** Somebody who signs in to the control plane; no S3 account. */
export interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: string;
  /** Empty for those who sign in with an identity provider. */
  readonly password_hash: string;
  readonly revision: number;
  readonly created_at: Timestamp;
  readonly disabled_at: Timestamp | null;
}

/** Somebody of an identity provider, and which user that is. */
export interface UserIdentityRow {
  readonly issuer: string;
  readonly subject: string;
  readonly user_id: string;
}

/** Sign-ins with a provider that must not be completed a second time. */
export interface UsedSignInRow {
  readonly id_hash: string;
  readonly expires_at: Timestamp;
}

export interface SessionRow {
  readonly id_hash: string;
  readonly user_id: string;
  readonly created_at: Timestamp;
  readonly expires_at: Timestamp;
}

export interface ApiTokenRow {
  readonly id: string;
  readonly token_hash: string;
  readonly name: string;
  readonly permissions: string;
  readonly user_id: string | null;
  readonly created_at: Timestamp;
  readonly expires_at: Timestamp | null;
  readonly revoked_at: Timestamp | null;
  readonly last_used_at: Timestamp | null;
}

/** The answer of a request that created something; null while it runs. */
export interface IdempotencyRow {
  readonly key_hash: string;
  readonly request_hash: string;
  readonly owner: string;
  readonly envelope: string | null;
  readonly lease_until: Timestamp;
  readonly expires_at: Timestamp;
}

export interface JobRow {
  readonly id: string;
  readonly type: string;
  readonly state: string;
  readonly actor: string;
  readonly subject: string;
  readonly data: string;
  readonly step: string | null;
  readonly progress: string | null;
  readonly result: string | null;
  readonly problem: string | null;
  readonly attempts: number;
  readonly run_at: Timestamp;
  readonly lease_owner: string | null;
  readonly lease_until: Timestamp | null;
  readonly created_at: Timestamp;
  readonly finished_at: Timestamp | null;
}

export interface ServiceRow {
  readonly id: number;
  readonly name: string;
  readonly slug: string;
  readonly engine: string;
  readonly status: string;
  readonly status_reason: string | null;
  readonly version: string | null;
  readonly region: string;
  readonly endpoint: string | null;
  readonly public_endpoint: string | null;
  readonly network_endpoint: string | null;
  readonly account_id: string | null;
  readonly access_key_id: string | null;
  readonly secret_envelope: string | null;
  readonly parameters: string;
  readonly revision: number;
  readonly created_at: Timestamp;
  readonly updated_at: Timestamp;
}

/** What a service of an engine in a container runs in. */
export interface ServiceContainerRow {
  readonly service_id: number;
  readonly role: string;
  readonly container_id: string | null;
  readonly container_name: string;
  readonly is_adopted: number;
  readonly image: string;
  readonly image_id: string | null;
  readonly image_digest: string | null;
  readonly volume: string | null;
  readonly is_volume_adopted: number;
  readonly network: string;
  readonly publish: string;
  readonly api_port: number | null;
  readonly console_port: number | null;
  readonly spec_envelope: string;
  readonly created_at: Timestamp;
  readonly updated_at: Timestamp;
}

/** An image that a service has run. */
export interface ServiceVersionRow {
  readonly id: string;
  readonly service_id: number;
  readonly image: string;
  readonly image_id: string | null;
  readonly image_digest: string | null;
  readonly reason: string;
  readonly job_id: string | null;
  readonly since: Timestamp;
}

/** What a job says for itself. */
export interface JobLogRow {
  readonly id: string;
  readonly job_id: string;
  readonly at: Timestamp;
  readonly step: string;
  readonly message: string;
}

/** What was last seen of the container of a service, and what is counted of it. */
export interface ContainerWatchRow {
  readonly service_id: number;
  readonly container_id: string | null;
  readonly restart_count: number;
  /** Fields that are not limited as configured, with commas. */
  readonly drift: string;
  readonly oom_count: number;
  readonly last_oom_at: Timestamp | null;
  readonly oom_acknowledged_at: Timestamp | null;
}

export interface ContainerEventRow {
  /** Of what happened, not of who has seen it: several processes watch the same engine. */
  readonly id: string;
  readonly service_id: number;
  readonly kind: string;
  readonly at: Timestamp;
  readonly count: number;
}

export interface ServiceMetricRow {
  readonly service_id: number;
  readonly step_seconds: number;
  /** Where the step begins. */
  readonly at: Timestamp;
  readonly point: string;
}

export interface AlertRuleRow {
  readonly id: string;
  readonly service_id: number;
  readonly name: string;
  readonly metric: string;
  readonly comparison: string;
  readonly threshold: number;
  readonly for_seconds: number;
  readonly severity: string;
  readonly enabled: number;
  readonly breached_since: Timestamp | null;
  readonly created_at: Timestamp;
  readonly updated_at: Timestamp;
}

export interface AlertRow {
  readonly id: string;
  readonly rule_id: string;
  readonly service_id: number;
  /** As the rule was when it fired. */
  readonly rule: string;
  readonly value: number;
  readonly fired_at: Timestamp;
  readonly resolved_at: Timestamp | null;
  readonly resolution: string | null;
}

export interface NoticeWebhookRow {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly secret_envelope: string;
  readonly error: string | null;
  readonly failed_at: Timestamp | null;
  readonly delivered_at: Timestamp | null;
  readonly created_at: Timestamp;
}

/** How a service is, as the last check has found it. */
export interface ServiceHealthRow {
  readonly service_id: number;
  readonly status: string;
  readonly since: Timestamp;
  readonly checked_at: Timestamp | null;
  readonly latency_ms: number | null;
  readonly reason: string | null;
  /** One after the other, up to now. */
  readonly failures: number;
  /** Somebody has been told that it is down, and not yet that it is up again. */
  readonly alerted_at: Timestamp | null;
  readonly next_at: Timestamp;
}

export interface ServiceCheckRow {
  /** Sorts by time. */
  readonly id: string;
  readonly service_id: number;
  readonly at: Timestamp;
  readonly status: string;
  readonly latency_ms: number | null;
  readonly reason: string | null;
}

/** What those who watch are told, in the order in which it was committed. */
export interface EventRow {
  readonly id: number;
  readonly at: Timestamp;
  readonly type: string;
  readonly subject: string;
  readonly data: string;
}

export interface ProjectEnvironmentRow {
  readonly project_id: string;
  readonly name: string;
  readonly created_at: Timestamp;
}

/** A project's environment uses a bucket of a service. */
export interface LinkRow {
  readonly id: string;
  readonly service_id: number;
  readonly project_id: string;
  readonly environment: string;
  readonly prefix: string;
  readonly endpoint: string;
  readonly credentials: string;
  readonly status: string;
  readonly bucket: string | null;
  readonly access_key_id: string | null;
  readonly key_since: Timestamp | null;
  readonly key_revision: string | null;
  readonly previous_key_id: string | null;
  readonly previous_until: Timestamp | null;
  readonly deployed_revision: string | null;
  readonly deployed_at: Timestamp | null;
  readonly created_at: Timestamp;
  readonly updated_at: Timestamp;
  readonly revision: number;
}

/** Access keys that were made for a link. */
export interface LinkKeyRow {
  readonly access_key_id: string;
  readonly link_id: string;
}

/** Buckets that were made for an environment. They outlive the link. */
export interface LinkBucketRow {
  readonly service_id: number;
  readonly bucket: string;
  readonly project_id: string;
  readonly environment: string;
  readonly is_made: number;
}

export interface LinkSinkRow {
  readonly id: string;
  readonly link_id: string;
  readonly kind: string;
  readonly settings: string;
  readonly secret_envelope: string | null;
  readonly rendered_revision: string | null;
  readonly rendered_at: Timestamp | null;
  readonly error: string | null;
  readonly failed_at: Timestamp | null;
  readonly created_at: Timestamp;
}

/** Where backups are kept. */
export interface BackupDestinationRow {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly settings: string;
  readonly secret_envelope: string | null;
  readonly revision: number;
  readonly created_at: Timestamp;
  readonly updated_at: Timestamp;
}

export interface BackupScheduleRow {
  readonly id: string;
  readonly name: string;
  readonly service_id: number;
  readonly destination_id: string;
  readonly cron: string;
  readonly time_zone: string;
  readonly with_versions: number;
  readonly retention_days: number | null;
  readonly retention_count: number | null;
  readonly is_enabled: number;
  readonly next_at: Timestamp | null;
  readonly last_at: Timestamp | null;
  readonly last_error: string | null;
  readonly revision: number;
  readonly created_at: Timestamp;
  readonly updated_at: Timestamp;
}

/** Backups of one service in one destination share what they have stored. */
export interface BackupFolderRow {
  readonly destination_id: string;
  readonly service_id: number;
  readonly folder: string;
}

export interface BackupRow {
  readonly id: string;
  readonly service_id: number;
  /** What it was then: name, slug, engine. */
  readonly service: string;
  readonly destination_id: string;
  readonly folder: string;
  readonly schedule_id: string | null;
  readonly state: string;
  readonly with_versions: number;
  /** What makes, verifies or deletes it, or was the last to. */
  readonly job_id: string | null;
  /** Until then somebody downloads it. */
  readonly held_until: Timestamp | null;
  readonly counts: string;
  readonly problems: string;
  readonly manifest_checksum: string | null;
  readonly verification: string | null;
  readonly created_at: Timestamp;
  readonly finished_at: Timestamp | null;
}

/** A part of the manifest of a backup, stored in its destination, and how far it goes. */
export interface BackupChunkRow {
  readonly backup_id: string;
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
  readonly lines: number;
  readonly cursor: string;
}

export interface RestoreRow {
  readonly id: string;
  readonly backup_id: string;
  readonly service_id: number;
  readonly mode: string;
  readonly state: string;
  readonly job_id: string;
  readonly counts: string;
  readonly problems: string;
  readonly created_at: Timestamp;
  readonly finished_at: Timestamp | null;
}

export interface MigrationRow {
  readonly id: string;
  readonly source_id: number;
  readonly target_id: number;
  readonly job_id: string;
  readonly actor: string;
  readonly state: string;
  readonly is_cancelled: number;
  /** JSON, as the following. */
  readonly options: string;
  readonly plan: string | null;
  readonly report: string | null;
  readonly links: string | null;
  readonly problem: string | null;
  readonly created_at: Timestamp;
  readonly updated_at: Timestamp;
  readonly finished_at: Timestamp | null;
}

export interface MigrationObjectRow {
  readonly migration_id: string;
  readonly bucket: string;
  readonly key_hash: string;
  readonly version_id: string;
  /** A string of JSON. */
  readonly object_key: string;
  readonly state: string;
  readonly pass: number;
  readonly seq: number;
  readonly etag: string;
  readonly modified_at: Timestamp;
  readonly size_bytes: number;
  readonly is_marker: number;
  readonly sha256: string | null;
  readonly target_etag: string | null;
  readonly target_version_id: string | null;
  readonly object_lock: string | null;
  readonly lost: string | null;
  readonly reason: string | null;
}
