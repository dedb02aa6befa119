import type { OperationContext } from "../../context.ts";
import { backupOperations as ofBackups } from "./backups.ts";
import { destinationOperations } from "./destinations.ts";
import { downloadBackup } from "./download.ts";
import { restoreOperations } from "./restores.ts";
import { scheduleOperations } from "./schedules.ts";

/** `/api/backups` */
export function backupOperations(context: OperationContext) {
  return {
    ...destinationOperations(context),
    ...scheduleOperations(context),
    ...ofBackups(context),
    ...restoreOperations(context),
    downloadBackup: downloadBackup(context),
  };
}
