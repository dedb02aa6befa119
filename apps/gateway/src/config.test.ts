import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { readConfig } from "./config.ts";
import { UsageError } from "./process/usage-error.ts";

const defaults = {
  dataDirectory: resolve("stave-data"),
  host: "127.0.0.1",
  port: 7480,
  region: "us-east-1",
  usersFile: undefined,
  encryptionKeyFile: undefined,
  workers: availableParallelism(),
  adminPort: undefined,
  domains: ["localhost"],
  websiteDomains: ["s3-website.localhost"],
  maxObjectBytes: 5 * 1024 ** 3,
  objectOwnership: "ObjectWriter",
  scrubMibPerSecond: 16,
  webhookTargets: undefined,
  replicationRemotes: undefined,
  lifecycleIntervalSeconds: undefined,
  dangerousLifecycleDaySeconds: 86_400,
  trustedProxies: undefined,
  publicHosts: undefined,
  maxRequestsPerSecondPerKey: undefined,
  maxBytesPerSecondPerKey: undefined,
  maxRequestsPerSecondPerAddress: undefined,
  maxBytesPerSecondPerAddress: undefined,
  maxConnections: 10_000,
  maxConnectionsPerAddress: undefined,
  logLevel: "info",
  welcome: false,
};

/** Flag, a value, another one, the property, and what the value becomes. */
const settings = [
  ["--data-dir", "d", "e", "dataDirectory", resolve("d")],
  ["--host", "0.0.0.0", "::1", "host", "0.0.0.0"],
  ["--port", "0", "65535", "port", 0],
  ["--region", "eu-west-1", "de", "region", "eu-west-1"],
  ["--users", "u.json", "v.json", "usersFile", resolve("u.json")],
  ["--encryption-key-file", "a.key", "b.key", "encryptionKeyFile", resolve("a.key")],
  ["--workers", "3", "1", "workers", 3],
  ["--admin-port", "7000", "0", "adminPort", 7000],
  ["--domains", "a.test, S3.a.test", "b.test", "domains", ["s3.a.test", "a.test"]],
  ["--website-domains", "sites.test,www.sites.test", "b.test", "websiteDomains", ["www.sites.test", "sites.test"]],
  ["--max-object-bytes", "1", "2", "maxObjectBytes", 1],
  ["--object-ownership", "BucketOwnerEnforced", "BucketOwnerPreferred", "objectOwnership", "BucketOwnerEnforced"],
  ["--scrub-mib-per-second", "0", "100", "scrubMibPerSecond", 0],
  ["--webhook-targets", "w.json", "x.json", "webhookTargets", resolve("w.json")],
  ["--replication-remotes", "r.json", "s.json", "replicationRemotes", resolve("r.json")],
  ["--lifecycle-interval-seconds", "3600", "60", "lifecycleIntervalSeconds", 3600],
  ["--dangerous-lifecycle-day-seconds", "10", "1", "dangerousLifecycleDaySeconds", 10],
  ["--trusted-proxies", "10.0.0.1, fd00::/8", "::1", "trustedProxies", ["10.0.0.1", "fd00::/8"]],
  ["--public-hosts", "S3.a.test, b.test:8443", "c.test", "publicHosts", ["s3.a.test", "b.test:8443"]],
  ["--max-requests-per-second-per-key", "1", "2", "maxRequestsPerSecondPerKey", 1],
  ["--max-bytes-per-second-per-key", "65536", "70000", "maxBytesPerSecondPerKey", 65_536],
  ["--max-requests-per-second-per-address", "1", "2", "maxRequestsPerSecondPerAddress", 1],
  ["--max-bytes-per-second-per-address", "65536", "70000", "maxBytesPerSecondPerAddress", 65_536],
  ["--max-connections", "1", "2", "maxConnections", 1],
  ["--max-connections-per-address", "1", "2", "maxConnectionsPerAddress", 1],
  ["--log-level", "debug", "error", "logLevel", "debug"],
] as const;

function variable(flag: string): string {
  return `STAVE_${flag.slice(2).replaceAll("-", "_").toUpperCase()}`;
}

function refusal(args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  try {
    readConfig(args, env);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error("Expected the configuration to be refused");
}

test("everything has a default, and loopback is it", () => {
  expect(readConfig([], {})).toEqual(defaults);
});

test("the configuration is frozen", () => {
  expect(Object.isFrozen(readConfig([], {}))).toBe(true);
});

describe.each(settings)("%s", (flag, value, other, property, expected) => {
  test("is set by the flag", () => {
    expect(readConfig([flag, value], {})).toEqual({ ...defaults, [property]: expected });
    expect(readConfig([`${flag}=${value}`], {})).toEqual({ ...defaults, [property]: expected });
  });

  test("is set by its environment variable", () => {
    expect(readConfig([], { [variable(flag)]: value })).toEqual({ ...defaults, [property]: expected });
  });

  test("is set by the flag where both are given", () => {
    expect(readConfig([flag, value], { [variable(flag)]: other })).toEqual({ ...defaults, [property]: expected });
  });

  test("is not set by an empty environment variable", () => {
    expect(readConfig([], { [variable(flag)]: "" })).toEqual(defaults);
  });

  test("needs a value", () => {
    expect(refusal([flag])).toContain(flag);
    expect(refusal([flag, ""])).toContain(flag);
  });
});

describe("--welcome", () => {
  test("is a flag without a value, or a variable", () => {
    expect(readConfig(["--welcome"], {})).toEqual({ ...defaults, welcome: true });
    expect(readConfig([], { STAVE_WELCOME: "1" })).toEqual({ ...defaults, welcome: true });
    expect(readConfig([], { STAVE_WELCOME: "" })).toEqual(defaults);
  });
});

describe("a bad value is one clear line", () => {
  test.each([
    ["--port", "65536"],
    ["--port", "-1"],
    ["--port", "http"],
    ["--port", "1.5"],
    ["--port", "0x10"],
    ["--port", "1e3"],
    ["--admin-port", "65536"],
    ["--workers", "0"],
    ["--workers", "257"],
    ["--region", "EU West"],
    ["--region", "-a"],
    ["--region", "a".repeat(64)],
    ["--domains", "a.test,"],
    ["--domains", "http://a.test"],
    ["--domains", "a test"],
    ["--domains", "-a"],
    ["--max-object-bytes", "0"],
    ["--max-object-bytes", "5368709121"],
    ["--max-object-bytes", "5GB"],
    ["--scrub-mib-per-second", "-1"],
    ["--scrub-mib-per-second", "0.5"],
    ["--lifecycle-interval-seconds", "0"],
    ["--dangerous-lifecycle-day-seconds", "0"],
    ["--dangerous-lifecycle-day-seconds", "86401"],
    ["--trusted-proxies", "proxy.example.com"],
    ["--trusted-proxies", "10.0.0.0/33"],
    ["--trusted-proxies", "10.0.0.1,"],
    ["--public-hosts", "https://a.test"],
    ["--public-hosts", "a,b,c,d,e,f,g,h,i"],
    ["--max-requests-per-second-per-key", "0"],
    ["--max-bytes-per-second-per-key", "65535"],
    ["--max-requests-per-second-per-address", "0.5"],
    ["--max-bytes-per-second-per-address", "1MB"],
    ["--max-connections", "0"],
    ["--max-connections-per-address", "0"],
    ["--log-level", "loud"],
    ["--log-level", "INFO"],
  ])("%s %s", (flag, value) => {
    const byFlag = refusal([`${flag}=${value}`]);
    const byVariable = refusal([], { [variable(flag)]: value });

    expect(byFlag).toContain(flag);
    expect(byVariable).toContain(variable(flag));
    for (const message of [byFlag, byVariable]) {
      expect(message).not.toContain("\n");
      expect(message).toMatch(/\. See --help\.$/);
    }
  });

  test("an unknown flag", () => {
    expect(refusal(["--prot", "1"])).toMatch(/unknown option '--prot'/);
  });

  test("an argument without a flag", () => {
    expect(refusal(["serve"])).toMatch(/too many arguments|unknown command/);
  });
});

test.each([[["--help"]], [["-h"]], [["--port", "1", "--help"]]])(
  "%j is answered with every flag and variable",
  (args) => {
    const config = readConfig(args, {});

    const help = "help" in config ? config.help : "";
    for (const [flag] of settings) expect(help).toContain(`${flag} `);
    for (const [flag] of settings) expect(help.replaceAll(/\s+/g, " ")).toContain(variable(flag));
  },
);
