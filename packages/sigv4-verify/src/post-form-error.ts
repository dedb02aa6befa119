/** Codes are S3's own, so that a server can answer with them as they are. */
export type PostFormErrorCode =
  | "AccessDenied"
  | "EntityTooLarge"
  | "EntityTooSmall"
  | "InvalidArgument"
  | "InvalidPolicyDocument"
  | "MaxPostPreDataLengthExceededError";

/**
 * A browser form that its policy does not allow, or that is no such form. Apart from {@link SignatureError}, so that a server
 * without forms needs no answer for its codes. Message and `details` may be sent to the client.
 */
export class PostFormError extends Error {
  override readonly name = "PostFormError";
  readonly code: PostFormErrorCode;
  /** The extra elements of S3's error document, by their names. */
  readonly details: Readonly<Record<string, string>>;

  constructor(
    code: PostFormErrorCode,
    message: string,
    { details = {}, ...options }: ErrorOptions & { readonly details?: Readonly<Record<string, string>> } = {},
  ) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}
