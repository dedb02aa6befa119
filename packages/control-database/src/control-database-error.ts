export type ControlDatabaseErrorCode =
  | "AccountExists"
  | "AccountInUse"
  | "AccountNotFound"
  | "DatabaseMissing"
  | "DatabaseTooNew"
  | "DatabaseUnusable"
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
  | "ProjectExists"
  | "ProjectInUse"
  | "ProjectNotFound"
  | "ServiceChanged"
  | "ServiceExists"
  | "ServiceInUse"
  | "ServiceNotFound"
  | "ServiceNotRunning"
  | "SinksFull"
  | "SubjectBusy"
  | "TooManyKeys"
  | "UserChanged"
  | "UserExists"
  | "UserNotFound";

/** The control database refused, or could not do, what was asked. */
export class ControlDatabaseError extends Error {
  override readonly name = "ControlDatabaseError";
  readonly code: ControlDatabaseErrorCode;

  constructor(code: ControlDatabaseErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
