export type ControlDatabaseErrorCode =
  | "AccountExists"
  | "AccountInUse"
  | "AccountNotFound"
  | "BucketInUse"
  | "BackupBusy"
  | "BackupNotFound"
  | "BackupUnusable"
  | "DatabaseMissing"
  | "DatabaseTooNew"
  | "DatabaseUnusable"
  | "DestinationChanged"
  | "DestinationExists"
  | "DestinationInUse"
  | "DestinationNotFound"
  | "LastAdmin"
  | "EnvironmentExists"
  | "EnvironmentInUse"
  | "EnvironmentNotFound"
  | "EnvironmentsFull"
  | "LinkChanged"
  | "LinkExists"
  | "LinkNotFound"
  | "MigrationNotCompleted"
  | "PrefixTaken"
  | "ProjectChanged"
  | "ProjectExists"
  | "ProjectInUse"
  | "ProjectNotFound"
  | "ScheduleChanged"
  | "ScheduleExists"
  | "ScheduleNotFound"
  | "RuleNotFound"
  | "RulesFull"
  | "ServiceChanged"
  | "ServiceExists"
  | "ServiceInUse"
  | "ServiceNotFound"
  | "ServiceNotRunning"
  | "SinksFull"
  | "SubjectBusy"
  | "TooManyKeys"
  | "UserChanged"
  | "UserDisabled"
  | "UserExists"
  | "UserNotFound"
  | "WebhooksFull";

/** The control database refused, or could not do, what was asked. */
export class ControlDatabaseError extends Error {
  override readonly name = "ControlDatabaseError";
  readonly code: ControlDatabaseErrorCode;

  constructor(code: ControlDatabaseErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
