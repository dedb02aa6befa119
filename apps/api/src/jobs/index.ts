import { createContainerJob } from "./create-container.ts";
import { createLinkJob } from "./create-link.ts";
import { createServiceJob } from "./create-service.ts";
import type { AnyJob } from "./define-job.ts";
import { deleteBackupJob } from "./delete-backup.ts";
import { deleteBucketJob } from "./delete-bucket.ts";
import { deleteContainerJob } from "./delete-container.ts";
import { deleteServiceJob } from "./delete-service.ts";
import { migrateServiceJob, planMigrationJob } from "./migrate-service.ts";
import { removeLinkJob } from "./remove-link.ts";
import { renderLinkJob } from "./render-link.ts";
import { replaceContainerJob } from "./replace-container.ts";
import { restoreBackupJob } from "./restore-backup.ts";
import { retireKeyJob } from "./retire-key.ts";
import { rollbackMigrationJob } from "./rollback-migration.ts";
import { rotateLinkJob } from "./rotate-link.ts";
import { rotateServiceJob } from "./rotate-service.ts";
import { runBackupJob } from "./run-backup.ts";
import { sendNoticeJob } from "./send-notice.ts";
import { startContainerJob } from "./start-container.ts";
import { stopContainerJob } from "./stop-container.ts";
import { verifyBackupJob } from "./verify-backup.ts";

/** Every job that there is, by its type. */
export const jobs: readonly AnyJob[] = [
  createServiceJob,
  deleteBucketJob,
  deleteServiceJob,
  rotateServiceJob,
  createContainerJob,
  startContainerJob,
  stopContainerJob,
  deleteContainerJob,
  replaceContainerJob,
  createLinkJob,
  removeLinkJob,
  renderLinkJob,
  retireKeyJob,
  rotateLinkJob,
  runBackupJob,
  verifyBackupJob,
  deleteBackupJob,
  restoreBackupJob,
  planMigrationJob,
  migrateServiceJob,
  rollbackMigrationJob,
  sendNoticeJob,
];
