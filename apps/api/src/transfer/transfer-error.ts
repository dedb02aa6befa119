/**
 * `ListBroken`: a list that is not whole. `SourceChanged`: the object was overwritten while it was read. `SourceDamaged`: its bytes are not what its
 * checksum says. `BodyCutOff`: fewer or more bytes than announced. `TargetDiffers`: the target has stored something else. `TooLarge`: more than the
 * target, or this process, can take.
 */
export type TransferErrorCode =
  | "ListBroken"
  | "SourceChanged"
  | "SourceDamaged"
  | "BodyCutOff"
  | "TargetDiffers"
  | "TooLarge";

/** What went wrong with one object, or one list: the message is for people. What an engine itself has refused stays the error of the S3 client. */
export class TransferError extends Error {
  override readonly name = "TransferError";
  readonly code: TransferErrorCode;
  constructor(code: TransferErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
