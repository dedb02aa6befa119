/** S3's own code, so a server can answer with it as it is. */
export type PolicyErrorCode = "MalformedPolicy";

/** The text is not a policy that can be enforced as its author meant it. */
export class PolicyError extends Error {
  override readonly name = "PolicyError";
  readonly code: PolicyErrorCode;

  constructor(code: PolicyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function malformed(message: string): PolicyError {
  return new PolicyError("MalformedPolicy", message);
}
