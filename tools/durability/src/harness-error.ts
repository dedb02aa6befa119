/**
 * `usage`: the call is wrong. `requirement`: the machine lacks something. `server`: the server under test could not be
 * used. `device`: a mount or an image could not be handled.
 */
export type HarnessErrorCode = "usage" | "requirement" | "server" | "device";

/** The harness cannot go on. Nothing is said about the server's durability. */
export class HarnessError extends Error {
  override readonly name = "HarnessError";
  readonly code: HarnessErrorCode;
  constructor(code: HarnessErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
