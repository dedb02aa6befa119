import type { BackupRecord, BackupState } from "./backup-table.ts";
import type { BackupRow } from "./schema.ts";

/** With the state of its job, which decides whether it is still being made. */
export function toBackup(row: BackupRow & { readonly job_state: string | null }): BackupRecord {
  const isActive = ["waiting", "running", "undoing"].includes(row.job_state ?? "");
  const hasEnded = row.state === "running" && !isActive;
  const problems = JSON.parse(row.problems);
  return {
    id: row.id,
    serviceId: row.service_id,
    service: JSON.parse(row.service),
    destinationId: row.destination_id,
    folder: row.folder,
    // Its job was called off, or ended without a word.
    state: hasEnded ? "failed" : (row.state as BackupState),
    isBusy: isActive,
    withVersions: row.with_versions === 1,
    counts: JSON.parse(row.counts),
    problems: hasEnded ? [...problems, { code: "Cancelled", reason: "It was called off." }] : problems,
    createdAt: new Date(row.created_at),
    ...(row.schedule_id !== null && { scheduleId: row.schedule_id }),
    ...(row.job_id !== null && { jobId: row.job_id }),
    ...(row.manifest_checksum !== null && { manifestChecksum: row.manifest_checksum }),
    ...(row.verification !== null && { verification: readVerification(row.verification) }),
    ...(row.finished_at !== null && { finishedAt: new Date(row.finished_at) }),
  };
}

function readVerification(text: string): NonNullable<BackupRecord["verification"]> {
  const { at, ...verification } = JSON.parse(text);
  return { ...verification, at: new Date(at) };
}
