import { describe, expect, test } from "vitest";
import { readClaim, readIdentity } from "./read-identity.ts";

const person = { iss: "https://id.example.com", sub: "1", email: "Ann@example.com", name: " Ann\u0000 A " };
const settings = {
  issuer: person.iss,
  clientId: "stave",
  clientSecretFile: undefined,
  ownUrl: "https://stave.example.com",
  scopes: "openid",
  roleClaim: "groups",
  roles: new Map([
    ["a", "admin"],
    ["m", "member"],
    ["v", "viewer"],
  ] as const),
};

test("has the e-mail address and a name that is fit to be shown", () => {
  const identity = { issuer: person.iss, subject: "1", email: "Ann@example.com", role: "viewer" };
  expect(readIdentity({ ...person, groups: "v" }, settings)).toEqual({ ...identity, name: "Ann  A" });
  const named = (claims: object) => readIdentity({ ...person, name: undefined, groups: "v", ...claims }, settings).name;
  expect(named({ preferred_username: "ann" })).toBe("ann");
  expect(named({ name: 1 })).toBe("Ann@example.com");
  expect(named({ name: "x".repeat(500) })).toHaveLength(100);
});

test.each<[unknown, string | undefined]>([
  ["m", "member"],
  [["v", "m"], "member"],
  [["v", "a", "m"], "admin"],
  [["M"], undefined],
  [["a,m"], undefined],
  [[["a"]], undefined],
  [{ a: true }, undefined],
  [[], undefined],
  [null, undefined],
  [undefined, undefined],
])("the claim %j is the role %s", (groups, role) => {
  const read = () => readIdentity({ ...person, groups }, settings);
  if (role !== undefined) expect(read().role).toBe(role);
  else expect(read).toThrow(expect.objectContaining({ code: "NO_ROLE" }));
});

test("a subject of any length is refused", () => {
  const read = () => readIdentity({ ...person, sub: "x".repeat(256), groups: "a" }, settings);
  expect(read).toThrow(expect.objectContaining({ code: "REFUSED" }));
});

describe("a claim", () => {
  const claims = {
    ...person,
    "https://example.com/roles": ["a"],
    realm_access: { roles: ["m"] },
    "a/b": { "~": 1 },
    list: ["x"],
  };

  test.each<[string, unknown]>([
    ["https://example.com/roles", ["a"]],
    ["/realm_access/roles", ["m"]],
    ["/a~1b/~0", 1],
    ["/list/0", "x"],
    ["/realm_access/nothing/more", undefined],
    ["/email/length", undefined],
    ["/constructor/name", undefined],
    ["__proto__", undefined],
  ])("%s is found by its name, or by a pointer", (name, value) => {
    expect(readClaim(claims, name)).toEqual(value);
  });
});
