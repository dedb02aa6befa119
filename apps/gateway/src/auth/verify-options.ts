import { createSigningKeyCache, type TrustedProxies, type VerifyOptions } from "@stave/sigv4-verify";
import type { Identities } from "./identities.ts";
import type { Identity } from "./identity.ts";

export type VerifyingOptions = {
  readonly identities: Identities;
  readonly region: string;
  readonly now: () => Date;
  readonly trustedProxies?: TrustedProxies;
  readonly publicHosts?: readonly string[];
};

/** How every way in verifies signatures: of this region, with our keys, behind the proxies that are trusted. */
export function verifyOptions(options: VerifyingOptions): VerifyOptions<Identity> {
  const { identities, region, now, trustedProxies, publicHosts } = options;
  return {
    region,
    now,
    signingKeys: createSigningKeyCache(),
    findKey: identities.findKey,
    ...(trustedProxies !== undefined && { trustedProxies }),
    ...(publicHosts !== undefined && { publicHosts }),
  };
}
