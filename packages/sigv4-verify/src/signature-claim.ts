import type { CanonicalTarget } from "./canonical-target.ts";
import type { AcceptedRegions, Credential, Dialect } from "./credential.ts";
import type { RequestHeaders } from "./request-headers.ts";

/** The parts of a request that a signature covers. */
export type SignedSubject = {
  readonly method: string;
  readonly target: CanonicalTarget;
  readonly headers: RequestHeaders;
  /** Names that this server has for its clients, in case a proxy replaced the one in `Host`. */
  readonly publicHosts: readonly string[];
  /** What the last line of the canonical request must be; `undefined` where the request says it. */
  readonly bodySha256: string | undefined;
};

/** What any claim says about the key that signed. */
export type KeyClaim = {
  readonly credential: Credential;
  readonly signature: string;
  readonly timestamp: string;
  /** As sent, in characters that are bytes; `undefined` if the request carries none. */
  readonly sessionToken: string | undefined;
  readonly dialect: Dialect;
};

/** What a request says about its signature, well-formed and in time, with nothing proved yet. */
export type SignatureClaim = KeyClaim & {
  readonly kind: "header" | "query";
  readonly signedHeaders: ReadonlySet<string>;
  /** The last line of the canonical request; `undefined` if the request lacks it. */
  readonly payloadHash: string | undefined;
  /** The query without the signature itself. */
  readonly target: CanonicalTarget;
};

/** What a claim is read against. */
export interface ClaimOptions extends AcceptedRegions {
  readonly service: string;
  readonly now: Date;
}
