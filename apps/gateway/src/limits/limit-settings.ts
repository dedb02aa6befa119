import { createTrustedProxies } from "@stave/sigv4-verify";
import { InvalidArgumentError, type Option } from "commander";
import { integer } from "../config-values.ts";

/** How much others may ask of this server, and who speaks for them. */
export type LimitSettings = {
  /** Addresses and CIDR ranges. */
  readonly trustedProxies: readonly string[] | undefined;
  readonly publicHosts: readonly string[] | undefined;
  readonly maxRequestsPerSecondPerKey: number | undefined;
  readonly maxBytesPerSecondPerKey: number | undefined;
  readonly maxRequestsPerSecondPerAddress: number | undefined;
  readonly maxBytesPerSecondPerAddress: number | undefined;
  /** Of all processes together. */
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number | undefined;
};

/** Each of them, `undefined` where it was not set. */
export function limitSettings(options: LimitSettings): LimitSettings {
  return {
    trustedProxies: options.trustedProxies,
    publicHosts: options.publicHosts,
    maxRequestsPerSecondPerKey: options.maxRequestsPerSecondPerKey,
    maxBytesPerSecondPerKey: options.maxBytesPerSecondPerKey,
    maxRequestsPerSecondPerAddress: options.maxRequestsPerSecondPerAddress,
    maxBytesPerSecondPerAddress: options.maxBytesPerSecondPerAddress,
    maxConnections: options.maxConnections,
    maxConnectionsPerAddress: options.maxConnectionsPerAddress,
  };
}

type AddSetting = (flags: string, description: string, change: (option: Option) => Option) => void;

/** Less would make a client wait longer for one buffer than it waits for a server. */
const minBytesPerSecond = 64 * 1024;
const maxPerSecond = 10 ** 12;

export function addLimitSettings(add: AddSetting): void {
  add(
    "--trusted-proxies <networks>",
    "comma-separated addresses and CIDR ranges of proxies whose X-Forwarded-For, -Proto and -Host are believed",
    (option) => option.argParser(networks),
  );
  add(
    "--public-hosts <names>",
    "comma-separated NAME or NAME:PORT that clients sign for, where a proxy puts another name into Host; up to 8",
    (option) => option.argParser(publicHosts),
  );
  add("--max-requests-per-second-per-key <n>", "requests with one access key; beyond it 503 SlowDown", (option) =>
    option.argParser(integer(1, maxPerSecond)),
  );
  add("--max-bytes-per-second-per-key <n>", "bytes received and sent for one access key; slower beyond it", (option) =>
    option.argParser(integer(minBytesPerSecond, maxPerSecond)),
  );
  add("--max-requests-per-second-per-address <n>", "requests of one client address; beyond it 503 SlowDown", (option) =>
    option.argParser(integer(1, maxPerSecond)),
  );
  add("--max-bytes-per-second-per-address <n>", "bytes received from and sent to one client address", (option) =>
    option.argParser(integer(minBytesPerSecond, maxPerSecond)),
  );
  add("--max-connections <n>", "open connections of all processes together", (option) =>
    option.default(10_000).argParser(integer(1, 1_000_000)),
  );
  add("--max-connections-per-address <n>", "open connections of one address that is no trusted proxy", (option) =>
    option.argParser(integer(1, 1_000_000)),
  );
}

function networks(text: string): readonly string[] {
  const entries = text.split(",").map((entry) => entry.trim());
  try {
    createTrustedProxies(entries);
    return entries;
  } catch {
    throw new InvalidArgumentError("Expected addresses and CIDR ranges separated by commas.");
  }
}

function publicHosts(text: string): readonly string[] {
  const names = text.split(",").map((name) => name.trim().toLowerCase());
  if (names.length <= 8 && names.every((name) => /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:\d{1,5})?$/.test(name))) {
    return names;
  }
  throw new InvalidArgumentError("Expected up to 8 host names separated by commas.");
}
