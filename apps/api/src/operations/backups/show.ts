import type {
  BackupDestinationRecord,
  BackupProblem,
  BackupRecord,
  BackupScheduleRecord,
  RestoreRecord,
} from "@stave/control-database";
import { localSettingsOf, s3SettingsOf } from "../../backups/open-destination.ts";

export function showDestination(destination: BackupDestinationRecord) {
  const { id, name, createdAt, updatedAt } = destination;
  const shown = { id, name, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
  if (destination.kind === "local") return { ...shown, kind: "local" as const, ...localSettingsOf(destination) };
  const { prefix, ...settings } = s3SettingsOf(destination);
  return { ...shown, kind: "s3" as const, ...settings, prefix: prefix ?? null };
}

export function showSchedule(schedule: BackupScheduleRecord) {
  const {
    revision: _,
    nextAt,
    lastAt,
    lastError,
    retentionDays,
    retentionCount,
    createdAt,
    updatedAt,
    ...plain
  } = schedule;
  return {
    ...plain,
    retentionDays: retentionDays ?? null,
    retentionCount: retentionCount ?? null,
    nextAt: nextAt?.toISOString() ?? null,
    lastAt: lastAt?.toISOString() ?? null,
    lastError: lastError ?? null,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

export function showBackup(backup: BackupRecord) {
  const { counts, verification } = backup;
  return {
    id: backup.id,
    serviceId: backup.serviceId,
    service: backup.service,
    destinationId: backup.destinationId,
    scheduleId: backup.scheduleId ?? null,
    state: backup.state,
    withVersions: backup.withVersions,
    jobId: backup.jobId ?? null,
    buckets: counts.buckets,
    objects: counts.objects,
    sizeBytes: counts.sizeBytes,
    storedObjects: counts.storedObjects,
    storedBytes: counts.storedBytes,
    changed: counts.changed,
    vanished: counts.vanished,
    problems: backup.problems.map(showProblem),
    manifestChecksum: backup.manifestChecksum ?? null,
    verification:
      verification === undefined
        ? null
        : {
            at: verification.at.toISOString(),
            isGood: verification.isGood,
            problems: verification.problems.map(showProblem),
          },
    createdAt: backup.createdAt.toISOString(),
    finishedAt: backup.finishedAt?.toISOString() ?? null,
  };
}

export function showRestore({ id, backupId, serviceId, mode, state, jobId, counts, ...restore }: RestoreRecord) {
  return {
    id,
    backupId,
    serviceId,
    mode,
    state,
    jobId,
    ...counts,
    problems: restore.problems.map(showProblem),
    createdAt: restore.createdAt.toISOString(),
    finishedAt: restore.finishedAt?.toISOString() ?? null,
  };
}

function showProblem({ bucket, key, code, reason }: BackupProblem) {
  return { bucket: bucket ?? null, key: key ?? null, code, reason };
}
