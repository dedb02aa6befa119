/**
 * `usage`: the call is wrong. `requirement`: the machine lacks something. `server`: the server under test could not be
 * used. `device`: a mount or an image could not be handled.
 */
export type PowercutErrorCode = "usage" | "requirement" | "server" | "device";

/** The harness cannot go on. Nothing is said about the server's durability. */
export class PowercutError extends Error {
  override readonly name = "PowercutError";
  readonly code: PowercutErrorCode;
  constructor(code: PowercutErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
