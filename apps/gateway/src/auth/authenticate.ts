import {
  createSigningKeyCache,
  type IncomingRequest,
  type PayloadMode,
  type TrustedProxies,
  verifyRequest,
} from "@stave/sigv4-verify";
import type { Identities } from "./identities.ts";
import type { Identity } from "./identity.ts";

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
export function createAuthenticate(options: {
  readonly identities: Identities;
  readonly region: string;
  readonly now: () => Date;
  readonly trustedProxies?: TrustedProxies;
  readonly publicHosts?: readonly string[];
}): Authenticate {
  const { identities, region, now, trustedProxies, publicHosts } = options;
  const verifying = {
    region,
    now,
    signingKeys: createSigningKeyCache(),
    findKey: identities.findKey,
    ...(trustedProxies !== undefined && { trustedProxies }),
    ...(publicHosts !== undefined && { publicHosts }),
  };

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
