import type { ProblemCode } from "@stave/api-contract";

/** Why somebody could not sign in with the provider: stable, for the page that they come back to. */
export type SignInErrorCode =
  | "CANCELLED"
  | "EXPIRED"
  | "REFUSED"
  | "NO_ROLE"
  | "NO_EMAIL"
  | "EMAIL_TAKEN"
  | "DISABLED"
  | "PROVIDER_UNAVAILABLE";

export class SignInError extends Error {
  override readonly name = "SignInError";
  readonly code: SignInErrorCode;

  constructor(code: SignInErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export const problemOfSignIn: Readonly<Record<SignInErrorCode, ProblemCode>> = {
  CANCELLED: "UNAUTHENTICATED",
  EXPIRED: "UNAUTHENTICATED",
  REFUSED: "UNAUTHENTICATED",
  NO_ROLE: "PERMISSION_DENIED",
  NO_EMAIL: "PERMISSION_DENIED",
  EMAIL_TAKEN: "CONFLICT",
  DISABLED: "PERMISSION_DENIED",
  PROVIDER_UNAVAILABLE: "UNAVAILABLE",
};
