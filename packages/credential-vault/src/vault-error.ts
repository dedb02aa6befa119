export type VaultErrorCode =
  | "AccessKeyNotActive"
  | "AccessKeyNotFound"
  | "EnvelopeInvalid"
  | "EnvelopeTampered"
  | "KeyFileExposed"
  | "KeyFileInvalid"
  | "KeyFileMismatch"
  | "KeyFileMissing"
  | "KeyFileUnreadable"
  | "KeyUnknown"
  | "StoreUnusable";

/** The vault refused, or could not do, what was asked. No message holds a secret, a key or an envelope. */
export class VaultError extends Error {
  override readonly name = "VaultError";
  readonly code: VaultErrorCode;

  constructor(code: VaultErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
