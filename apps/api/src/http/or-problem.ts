import { ControlDatabaseError, type ControlDatabaseErrorCode } from "@stave/control-database";
import { Problem } from "./problem.ts";

const conflicts: ReadonlySet<ControlDatabaseErrorCode> = new Set([
  "BackupBusy",
  "BackupUnusable",
  "BucketInUse",
  "DestinationExists",
  "DestinationInUse",
  "EnvironmentExists",
  "EnvironmentInUse",
  "EnvironmentsFull",
  "LinkChanged",
  "LinkExists",
  "MigrationNotCompleted",
  "PrefixTaken",
  "ProjectExists",
  "ProjectInUse",
  "ScheduleExists",
  "RulesFull",
  "ServiceExists",
  "ServiceInUse",
  "ServiceNotRunning",
  "SinksFull",
  "SubjectBusy",
  "TooManyKeys",
  "WebhooksFull",
]);
const changed: ReadonlySet<ControlDatabaseErrorCode> = new Set([
  "DestinationChanged",
  "LinkChanged",
  "ProjectChanged",
  "ScheduleChanged",
  "ServiceChanged",
]);
const absences: ReadonlySet<ControlDatabaseErrorCode> = new Set([
  "BackupNotFound",
  "DestinationNotFound",
  "EnvironmentNotFound",
  "LinkNotFound",
  "ProjectNotFound",
  "ScheduleNotFound",
  "RuleNotFound",
  "ServiceNotFound",
]);

/** What the control database refuses is an answer for who asked. */
export async function orProblem<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof ControlDatabaseError)) throw error;
    if (conflicts.has(error.code)) throw new Problem("CONFLICT", { detail: error.message, cause: error });
    if (absences.has(error.code)) throw new Problem("NOT_FOUND", { detail: error.message, cause: error });
    if (changed.has(error.code)) throw new Problem("PRECONDITION_FAILED", { detail: error.message, cause: error });
    throw error;
  }
}
