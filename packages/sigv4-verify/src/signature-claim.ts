import type { CanonicalTarget } from "./canonical-target.ts";
import type { AcceptedRegions, Credential, Dialect } from "./credential.ts";
import type { RequestHeaders } from "./request-headers.ts";

/** The parts of a request that a signature covers. */
export type SignedSubject = {
  readonly method: string;
  readonly target: CanonicalTarget;
  readonly headers: RequestHeaders;
};

/** What a request says about its signature, well-formed and in time, with nothing proved yet. */
export type SignatureClaim = {
  readonly kind: "header" | "query";
  readonly credential: Credential;
  readonly signedHeaders: ReadonlySet<string>;
  readonly signature: string;
  readonly timestamp: string;
  /** The last line of the canonical request; `undefined` if the request lacks it. */
  readonly payloadHash: string | undefined;
  readonly hasSessionToken: boolean;
  readonly dialect: Dialect;
  /** The query without the signature itself. */
  readonly target: CanonicalTarget;
};

/** What a claim is read against. */
export interface ClaimOptions extends AcceptedRegions {
  readonly service: string;
  readonly now: Date;
}
