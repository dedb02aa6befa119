import type { IncomingMessage } from "node:http";
import { createTrustedProxies } from "@stave/sigv4-verify";
import { describe, expect, test } from "vitest";
import { createFindPeer } from "./find-peer.ts";

const proxies = createTrustedProxies(["10.0.0.0/8", "fd00::/8"]);

/** A request as node:http hands it over, from `remoteAddress`. */
function request(remoteAddress: string | undefined, ...rawHeaders: readonly string[]) {
  const socket = { remoteAddress } as IncomingMessage["socket"];
  return { socket, rawHeaders: [...rawHeaders] };
}

const forwarded = (...values: readonly string[]) => values.flatMap((value) => ["X-Forwarded-For", value]);

describe("security S15: who is asking", () => {
  test("is the other end of the connection, whatever headers say", () => {
    const spoofed = request(
      "192.0.2.1",
      ...forwarded("10.1.1.1"),
      "X-Forwarded-Proto",
      "https",
      "Forwarded",
      "for=1.1.1.1",
    );

    for (const trusted of [undefined, proxies, createTrustedProxies([])]) {
      expect(createFindPeer(trusted)(spoofed)).toEqual({ address: "192.0.2.1", isEncrypted: false, proxy: undefined });
    }
  });

  test.each([
    ["one hop", ["192.0.2.7"], "192.0.2.7"],
    ["what the client made up stands further left", ["10.9.9.9, 198.51.100.1, 192.0.2.7"], "192.0.2.7"],
    ["trusted hops are passed over", ["198.51.100.1, 192.0.2.7, 10.0.0.2, 10.0.0.3"], "192.0.2.7"],
    ["several headers are one list", ["198.51.100.1", "192.0.2.7", "10.0.0.2"], "192.0.2.7"],
    ["only trusted hops: the first of them", ["10.0.0.9, 10.0.0.2"], "10.0.0.9"],
    ["a port", ["192.0.2.7:4711"], "192.0.2.7"],
    ["IPv6", ["2001:DB8::7"], "2001:db8::7"],
    ["IPv6 with a port", ["[2001:db8::7]:4711, fd00::1"], "2001:db8::7"],
    ["IPv4 as IPv6", ["::ffff:192.0.2.7"], "192.0.2.7"],
  ])("behind a trusted proxy is the right-most hop that is not trusted: %s", (_title, values, address) => {
    for (const proxy of ["10.0.0.1", "::ffff:10.0.0.1", "fd00::2"]) {
      expect(createFindPeer(proxies)(request(proxy, ...forwarded(...values))).address).toBe(address);
    }
  });

  test.each([
    ["a name", ["192.0.2.7, unknown"]],
    ["nothing", ["192.0.2.7, "]],
    ["an empty header", [""]],
    ["half an address", ["192.0.2.7, 192.0.2"]],
    ["something behind an address", ["192.0.2.7:80:80"]],
    ["more trusted hops than anybody has", [`192.0.2.7${", 10.0.0.2".repeat(1000)}`]],
  ])("is nobody knows whom, when the proxy wrote %s", (_title, values) => {
    expect(createFindPeer(proxies)(request("10.0.0.1", ...forwarded(...values))).address).toBeUndefined();
  });

  test("is the proxy itself, when it forwards for nobody", () => {
    expect(createFindPeer(proxies)(request("10.0.0.1"))).toMatchObject({ address: "10.0.0.1", proxy: "10.0.0.1" });
  });

  test.each([
    ["https", true],
    ["HTTPS", true],
    ["http", false],
    ["https, http", false],
    ["", false],
  ])("speaks as the last X-Forwarded-Proto of a trusted proxy says: %j", (value, isEncrypted) => {
    const message = request("10.0.0.1", "X-Forwarded-Proto", value);

    expect(createFindPeer(proxies)(message).isEncrypted).toBe(isEncrypted);
  });

  test("is not known when the connection is gone", () => {
    expect(createFindPeer(proxies)(request(undefined, ...forwarded("192.0.2.7"))).address).toBeUndefined();
  });
});
