import { expect, test } from "vitest";
import { createAddressRules } from "./address-rules.ts";

test.each([
  "0.0.0.0",
  "10.1.2.3",
  "100.64.0.1",
  "127.0.0.1",
  "127.8.8.8",
  "169.254.169.254",
  "172.16.0.1",
  "192.168.1.1",
  "198.18.0.1",
  "224.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::7f00:1",
  "::ffff:127.0.0.1",
  "::ffff:8.8.8.8",
  "64:ff9b::7f00:1",
  "2002:7f00:1::",
  "fd00::1",
  "fe80::1",
  "fec0::1",
  "ff02::1",
  "not an address",
  "",
])("refuses %s", (address) => {
  expect(createAddressRules([]).allows(address)).toBe(false);
});

test.each(["8.8.8.8", "172.32.0.1", "192.167.0.1", "2606:4700:4700::1111"])("allows %s", (address) => {
  expect(createAddressRules([]).allows(address)).toBe(true);
});

test("allows what is named, and nothing beside it", () => {
  const rules = createAddressRules(["10.1.0.0/16", "::1/128"]);

  expect(rules.allows("10.1.255.255")).toBe(true);
  expect(rules.allows("10.2.0.0")).toBe(false);
  expect(rules.allows("::1")).toBe(true);
  expect(rules.allows("127.0.0.1")).toBe(false);
});

test.each(["10.0.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "host/8", "::/129", "10.0.0.0/8/8", "10.0.0.0/1e1"])(
  "refuses %s as a network",
  (network) => {
    expect(() => createAddressRules([network])).toThrow(/Expected a network/);
  },
);
