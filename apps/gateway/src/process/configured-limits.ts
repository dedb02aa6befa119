import { createTrustedProxies } from "@stave/sigv4-verify";
import type { GatewayOptions } from "../gateway/gateway-options.ts";
import type { LimitSettings } from "../limits/limit-settings.ts";
import { createRateLimits, type RateLimits } from "../limits/rate-limits.ts";
import type { LimitMetrics } from "./limit-metrics.ts";

type Configured = LimitSettings & { readonly workers: number };

/** The limits on rates that are set. Undefined when none is. */
export function configuredRateLimits(config: Configured, { refused }: LimitMetrics): RateLimits | undefined {
  return createRateLimits({
    perKey: {
      requestsPerSecond: config.maxRequestsPerSecondPerKey,
      bytesPerSecond: config.maxBytesPerSecondPerKey,
    },
    perAddress: {
      requestsPerSecond: config.maxRequestsPerSecondPerAddress,
      bytesPerSecond: config.maxBytesPerSecondPerAddress,
    },
    nowMs: () => performance.now(),
    isShared: config.workers > 1,
    onRefused: refused,
  });
}

type NetworkOptions = Pick<
  GatewayOptions,
  "trustedProxies" | "publicHosts" | "maxConnections" | "maxConnectionsPerAddress" | "onConnectionRefused"
>;

/** Who is believed, and how many may connect to one process: connections come to the processes in turn, so each has its share. */
export function configuredNetwork(config: Configured, { refused }: LimitMetrics): NetworkOptions {
  const { workers, trustedProxies, publicHosts, maxConnectionsPerAddress: perAddress } = config;
  return {
    ...(trustedProxies !== undefined && { trustedProxies: createTrustedProxies(trustedProxies) }),
    ...(publicHosts !== undefined && { publicHosts }),
    maxConnections: Math.ceil(config.maxConnections / workers),
    maxConnectionsPerAddress: perAddress === undefined ? undefined : Math.ceil(perAddress / workers),
    onConnectionRefused: refused,
  };
}
