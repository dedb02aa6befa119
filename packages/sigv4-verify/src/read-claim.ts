import { canonicalizeTarget } from "./canonical-target.ts";
import { chooseMechanism, type Mechanism } from "./choose-mechanism.ts";
import { readHeaderClaim } from "./read-header-claim.ts";
import { readQueryClaim } from "./read-query-claim.ts";
import { readHeaders } from "./request-headers.ts";
import type { ClaimOptions, SignatureClaim, SignedSubject } from "./signature-claim.ts";
import type { TrustedProxies } from "./trusted-proxies.ts";

/** The head of a request, exactly as it arrived. */
export type IncomingRequest = {
  readonly method: string;
  /** The raw request target: `IncomingMessage.url` as it is, nothing decoded and no mount path removed. */
  readonly target: string;
  /** Name, value, name, value, and so on: `IncomingMessage.rawHeaders`. */
  readonly rawHeaders: readonly string[];
  /**
   * The SHA-256 of the whole body, 64 lower-case hex digits: for services other than S3, whose clients sign it without sending
   * `x-amz-content-sha256`. What was signed must then be this hash, whatever that header says: no other payload mode is accepted.
   */
  readonly bodySha256?: string;
  /** The peer, `socket.remoteAddress`. Only `trustedProxies` looks at it. */
  readonly remoteAddress?: string | undefined;
};

/** How a request is read, whoever signed it. */
export interface ReadOptions {
  readonly region: string;
  /** Further regions that a credential scope may name. @default [] */
  readonly acceptedRegions?: readonly string[];
  /** @default "s3" */
  readonly service?: string;
  /** @default the system clock */
  readonly now?: () => Date;
  /**
   * Up to 8 names by which clients know this server, tried when the received `Host` is not the one that was signed: for
   * proxies that replace it. @default []
   */
  readonly publicHosts?: readonly string[];
  /** The peers whose `X-Forwarded-Host` is tried in the same way. @default nobody */
  readonly trustedProxies?: TrustedProxies;
  /**
   * The path that a proxy in front removes from every request, such as `/storage`. Clients signed it, so it must have been
   * part of what they signed: requests that come past the proxy need options of their own. @default ""
   */
  readonly mountPrefix?: string;
}

/** What a request claims, well-formed and in time; no claim if it is anonymous. */
export type ReadRequest = { readonly subject: SignedSubject; readonly claim: SignatureClaim | undefined };

export function readClaim(request: IncomingRequest, options: ReadOptions): ReadRequest {
  const { region, acceptedRegions = [], service = "s3", now = () => new Date(), mountPrefix = "" } = options;
  checkOptions(options);
  const { bodySha256 } = request;
  if (bodySha256 !== undefined && !/^[0-9a-f]{64}$/.test(bodySha256)) {
    throw new TypeError("Expected `bodySha256` to be 64 lower-case hex digits");
  }
  const headers = readHeaders(request.rawHeaders);
  const target = canonicalizeTarget(request.target, mountPrefix);
  const mechanism = chooseMechanism(headers.values.get("authorization") ?? "", target.query);
  const publicHosts = readPublicHosts(request, headers.values, options);
  const subject = { method: request.method, target, headers, publicHosts, bodySha256 };
  return { subject, claim: readMechanism(mechanism, subject, { region, acceptedRegions, service, now: now() }) };
}

// Every name may cost a signature per request that nobody has authenticated.
const MAX_PUBLIC_HOSTS = 8;
const MAX_FORWARDED_HOSTS = 4;

function checkOptions({ publicHosts = [], mountPrefix = "" }: ReadOptions): void {
  if (publicHosts.length > MAX_PUBLIC_HOSTS) {
    throw new TypeError(`Expected \`publicHosts\` to be ${MAX_PUBLIC_HOSTS} names or fewer, got ${publicHosts.length}`);
  }
  if (mountPrefix !== "" && !/^\/[^?#]*[^/?#]$/.test(mountPrefix)) {
    throw new TypeError(`Expected \`mountPrefix\` to be a path without a slash at its end, got ${mountPrefix}`);
  }
}

function readPublicHosts(
  { remoteAddress }: IncomingRequest,
  headers: ReadonlyMap<string, string>,
  { publicHosts = [], trustedProxies }: ReadOptions,
): readonly string[] {
  if (trustedProxies === undefined || remoteAddress === undefined) return publicHosts;
  const forwarded = headers.get("x-forwarded-host");
  if (forwarded === undefined || !trustedProxies.has(remoteAddress)) return publicHosts;
  // The peer writes the last one, proxies before it the others.
  const names = forwarded.split(",").slice(-MAX_FORWARDED_HOSTS);
  return [...publicHosts, ...names.map((name) => name.trim()).filter((name) => name !== "")];
}

function readMechanism(
  mechanism: Mechanism,
  subject: SignedSubject,
  options: ClaimOptions,
): SignatureClaim | undefined {
  switch (mechanism.kind) {
    case "anonymous":
      return undefined;
    case "header":
      return readHeaderClaim(mechanism, subject, options);
    case "query":
      return readQueryClaim(mechanism.parameters, subject, options);
    default:
      // No kind is trusted for being unknown.
      throw new TypeError(`Unknown mechanism ${JSON.stringify(mechanism satisfies never)}`);
  }
}
