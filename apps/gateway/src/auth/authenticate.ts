import { createSigningKeyCache, type IncomingRequest, type PayloadMode, verifyRequest } from "@stave/sigv4-verify";
import type { Account, Accounts } from "../accounts.ts";

/** Who is asking, proven, and how the body that follows is to be verified. Without an account: anonymous. */
export type Authentication = {
  readonly account: Account | undefined;
  readonly isPresigned: boolean;
  /** As policies name it; undefined for anonymous requests. */
  readonly authType?: "REST-HEADER" | "REST-QUERY-STRING" | "POST" | undefined;
  readonly payload: PayloadMode;
};

export type Authenticate = (request: IncomingRequest) => Promise<Authentication>;

/** The one way in: every route is authenticated by this function, before anything else looks at the request. */
export function createAuthenticate(options: {
  readonly accounts: Accounts;
  readonly region: string;
  readonly now: () => Date;
}): Authenticate {
  const { accounts, region, now } = options;
  const signingKeys = createSigningKeyCache();
  const findKey = (accessKeyId: string) => {
    const account = accounts.byAccessKeyId(accessKeyId);
    return account === undefined ? undefined : { secretAccessKey: account.secretAccessKey, identity: account };
  };

  return async (request) => {
    const verified = await verifyRequest(request, { region, now, signingKeys, findKey });
    const { kind, payload } = verified;
    if (kind === "anonymous") return { account: undefined, isPresigned: false, authType: undefined, payload };
    const isPresigned = kind === "query";
    const authType = isPresigned ? "REST-QUERY-STRING" : "REST-HEADER";
    return { account: verified.identity, isPresigned, authType, payload };
  };
}
