import { type IncomingRequest, verifyRequest } from "@stave/sigv4-verify";
import { S3Error } from "../errors/s3-error.ts";
import type { Identity } from "./identity.ts";
import { type VerifyingOptions, verifyOptions } from "./verify-options.ts";

/** Of a request whose body was read: its hash is what must have been signed. */
export type AuthenticateSts = (request: IncomingRequest & { readonly bodySha256: string }) => Promise<Identity>;

/** The way in of requests for temporary keys. Nobody is anonymous here, and no address that somebody passes on opens it. */
export function createAuthenticateSts(options: VerifyingOptions): AuthenticateSts {
  const { identities } = options;
  const verifying = { ...verifyOptions(options), service: "sts" };
  return async (request) => {
    const verified = await verifyRequest(request, verifying);
    if (verified.kind !== "header") {
      throw new S3Error("MissingAuthenticationToken", "Request is missing Authentication Token");
    }
    identities.noteUsed(verified.identity);
    return verified.identity;
  };
}
