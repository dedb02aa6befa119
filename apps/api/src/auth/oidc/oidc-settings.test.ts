import { expect, test } from "vitest";
import { readConfig, UsageError } from "../../config.ts";

const complete = {
  STAVE_API_OIDC_ISSUER: "https://id.example.com/realms/main",
  STAVE_API_OIDC_CLIENT_ID: "stave",
  STAVE_API_OIDC_OWN_URL: "https://stave.example.com/",
  STAVE_API_OIDC_ROLES: "staff=viewer",
};
const read = (env: NodeJS.ProcessEnv) => {
  const config = readConfig([], env);
  if ("help" in config) throw new Error("Expected a configuration");
  return config.oidc;
};

test("without an issuer nobody signs in with a provider", () => {
  expect(read({})).toBeUndefined();
});

test("is read from the environment, with what most providers do", () => {
  expect(read({ ...complete, STAVE_API_OIDC_ROLES: "a=b=admin, staff=viewer" })).toEqual({
    issuer: "https://id.example.com/realms/main",
    clientId: "stave",
    clientSecretFile: undefined,
    ownUrl: "https://stave.example.com",
    scopes: "openid email profile",
    roleClaim: "groups",
    roles: new Map([
      ["a=b", "admin"],
      ["staff", "viewer"],
    ]),
  });
});

test.each([
  ["a part without the issuer", { ...complete, STAVE_API_OIDC_ISSUER: "" }],
  ["an issuer alone", { STAVE_API_OIDC_ISSUER: complete.STAVE_API_OIDC_ISSUER }],
  ["an issuer without TLS", { ...complete, STAVE_API_OIDC_ISSUER: "http://id.example.com" }],
  ["an issuer with a password", { ...complete, STAVE_API_OIDC_ISSUER: "https://a:b@id.example.com" }],
  ["an issuer with a query", { ...complete, STAVE_API_OIDC_ISSUER: "https://id.example.com?x" }],
  ["a URL of its own with a path", { ...complete, STAVE_API_OIDC_OWN_URL: "https://example.com/stave" }],
  ["a URL of its own that is none", { ...complete, STAVE_API_OIDC_OWN_URL: "stave.example.com" }],
  ["scopes without openid", { ...complete, STAVE_API_OIDC_SCOPES: "email" }],
  ["an unknown role", { ...complete, STAVE_API_OIDC_ROLES: "staff=owner" }],
  ["a role of nothing", { ...complete, STAVE_API_OIDC_ROLES: "=admin" }],
  ["one value with two roles", { ...complete, STAVE_API_OIDC_ROLES: "a=admin,a=viewer" }],
  ["a part of a list that is none", { ...complete, STAVE_API_OIDC_ROLES: "a=admin," }],
])("refuses %s", (_, env) => {
  expect(() => read(env)).toThrow(UsageError);
});
