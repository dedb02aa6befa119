import { type IncomingRequest, type PayloadMode, verifyRequest } from "@stave/sigv4-verify";
import type { Identity } from "./identity.ts";
import { type VerifyingOptions, verifyOptions } from "./verify-options.ts";

/** Who is asking, proven, and how the body that follows is to be verified. */
export type Authentication = {
  /** Undefined: anonymous. */
  readonly identity: Identity | undefined;
  readonly isPresigned: boolean;
  /** As policies name it; undefined for anonymous requests. */
  readonly authType?: "REST-HEADER" | "REST-QUERY-STRING" | "POST" | undefined;
  readonly payload: PayloadMode;
  /** The host that was signed: a proxy may have put another into the header. */
  readonly host?: string;
};

export type Authenticate = (request: IncomingRequest) => Promise<Authentication>;

/** The one way in: every route is authenticated by this function, before anything else looks at the request. */
export function createAuthenticate(options: VerifyingOptions): Authenticate {
  const { identities } = options;
  const verifying = verifyOptions(options);

  return async (request) => {
    const verified = await verifyRequest(request, verifying);
    const { kind, payload } = verified;
    if (kind === "anonymous") return { identity: undefined, isPresigned: false, authType: undefined, payload };
    const { identity } = verified;
    identities.noteUsed(identity);
    const isPresigned = kind === "query";
    const authType = isPresigned ? "REST-QUERY-STRING" : "REST-HEADER";
    return { identity, isPresigned, authType, payload, host: verified.host };
  };
}
