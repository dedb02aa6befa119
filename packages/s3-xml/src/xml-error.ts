/** Codes are S3's own, so that a server can answer with them as they are. */
export type XmlErrorCode = "IllegalVersioningConfigurationException" | "MalformedXML" | "MaxMessageLengthExceeded";

/** A request body is not the document it has to be. */
export class XmlError extends Error {
  override readonly name = "XmlError";
  readonly code: XmlErrorCode;
  /** Facts about this failure by S3's element names (`MaxMessageLengthBytes`), for the caller to show. */
  readonly details: Readonly<Record<string, string>>;

  constructor(code: XmlErrorCode, message: string, options?: ErrorOptions & { details?: Record<string, string> }) {
    super(message, options);
    this.code = code;
    this.details = options?.details ?? {};
  }
}

/** Messages say what was expected and never repeat the document. */
export function malformedXml(message: string, options?: ErrorOptions): XmlError {
  return new XmlError("MalformedXML", message, options);
}
