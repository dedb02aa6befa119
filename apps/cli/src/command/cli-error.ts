/** Why a command did not do what was asked. Each has an exit code: `stave help exit-codes`. */
export type CliErrorCode =
  | "Failed"
  | "Usage"
  | "Network"
  | "Unauthenticated"
  | "Forbidden"
  | "NotFound"
  | "Conflict"
  | "NotSupported"
  | "Interrupted";

/** 0 is "done". Scripts count on these: they never change. */
export const exitCodes: Readonly<Record<CliErrorCode, number>> = {
  Failed: 1,
  Usage: 2,
  Network: 3,
  Unauthenticated: 4,
  Forbidden: 4,
  NotFound: 5,
  Conflict: 6,
  NotSupported: 7,
  Interrupted: 130,
};

export type CliErrorOptions = {
  /** Below the first line. */
  readonly why?: string | undefined;
  /** What to do now. */
  readonly next?: readonly string[] | undefined;
  readonly requestId?: string | undefined;
  /** As the server names it: `CONFLICT`, `BucketNotEmpty`. */
  readonly serverCode?: string | undefined;
  /** What the server has answered, for `--json`. */
  readonly problem?: unknown;
  /** Somebody else has said it on stderr already. */
  readonly isTold?: boolean;
  readonly cause?: unknown;
};

/** An error that a person or a script can do something about. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly code: CliErrorCode;
  readonly why: string | undefined;
  readonly next: readonly string[];
  readonly requestId: string | undefined;
  readonly serverCode: string | undefined;
  readonly problem: unknown;
  readonly isTold: boolean;

  constructor(code: CliErrorCode, message: string, options: CliErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.why = options.why;
    this.next = options.next ?? [];
    this.requestId = options.requestId;
    this.serverCode = options.serverCode;
    this.problem = options.problem;
    this.isTold = options.isTold ?? false;
  }

  /** The same, with what to do now. */
  withNext(next: readonly string[]): CliError {
    const { code, message, why, requestId, serverCode, problem, cause } = this;
    return new CliError(code, message, { why, next, requestId, serverCode, problem, cause });
  }
}
