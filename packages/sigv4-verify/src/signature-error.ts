/** Codes are S3's own, so that a server can answer with them as they are. */
export type SignatureErrorCode =
  | "AccessDenied"
  | "AuthorizationHeaderMalformed"
  | "AuthorizationQueryParametersError"
  | "ExpiredToken"
  | "InvalidAccessKeyId"
  | "InvalidArgument"
  | "InvalidRequest"
  | "InvalidToken"
  | "InvalidURI"
  | "NotImplemented"
  | "RequestHeaderSectionTooLarge"
  | "RequestTimeTooSkewed"
  | "SignatureDoesNotMatch";

/** What was computed from the request as received: compare it with what the client signed. */
export type SignatureExplanation = { readonly canonicalRequest: string; readonly stringToSign: string };

export interface SignatureErrorOptions extends ErrorOptions {
  readonly details?: Readonly<Record<string, string>>;
  readonly explanation?: SignatureExplanation;
}

/** The request is not signed in a way that can be accepted. Message and `details` may be sent to the client. */
export class SignatureError extends Error {
  override readonly name = "SignatureError";
  readonly code: SignatureErrorCode;
  /** The extra elements of S3's error document, by their names: `Region`, `HeadersNotSigned`, `ServerTime`, and so on. */
  readonly details: Readonly<Record<string, string>>;
  /**
   * With `SignatureDoesNotMatch`. For administrators only, never for the client: whoever may send requests through a
   * proxy would read there what the proxy added. Holds no secret and no signature; customer keys and cookies are blanked.
   */
  readonly explanation: SignatureExplanation | undefined;

  constructor(code: SignatureErrorCode, message: string, options: SignatureErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.details = options.details ?? {};
    this.explanation = options.explanation;
  }
}
