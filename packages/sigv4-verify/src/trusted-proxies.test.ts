import { expect, test } from "vitest";
import { createTrustedProxies } from "./trusted-proxies.ts";

test.each([
  ["127.0.0.1", "127.0.0.1", "127.0.0.2"],
  ["10.0.0.0/8", "10.255.0.1", "11.0.0.1"],
  ["10.0.0.0/8", "::ffff:10.1.2.3", "::ffff:11.1.2.3"],
  ["::1", "::1", "::2"],
  ["fd00::/8", "fd12::1", "fe80::1"],
  ["fe80::/10", "fe80::1%eth0", "2001:db8::1%eth0"],
  ["0.0.0.0/0", "192.0.2.1", "not an address"],
])("%s holds %s and not %s", (entry, inside, outside) => {
  const proxies = createTrustedProxies([entry]);

  expect(proxies.has(inside)).toBe(true);
  expect(proxies.has(outside)).toBe(false);
});

test("an empty list trusts nobody", () => {
  expect(createTrustedProxies([]).has("127.0.0.1")).toBe(false);
});

test.each([
  "",
  "proxy.example.com",
  "10.0.0.0/33",
  "10.0.0.0/",
  "10.0.0.0/8/8",
  "10.0.0.0/-1",
  "::/129",
  "fe80::1%eth0/64x",
])("rejects %j as an entry", (entry) => {
  expect(() => createTrustedProxies([entry])).toThrow(TypeError);
});
