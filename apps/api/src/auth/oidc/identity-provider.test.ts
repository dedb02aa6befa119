import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createAddressRules } from "@stave/outgoing-requests";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createIdentityProvider } from "./identity-provider.ts";

const [own, other] = [newKey(), newKey()];
const clientId = "stave";
const secrets = { state: "s".repeat(43), nonce: "n".repeat(43), codeVerifier: "v".repeat(43) };
const refused = (code: string) => expect.objectContaining({ name: "SignInError", code });

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
let server: Server;
let issuer = "";
/** By path, in place of what an honest provider answers. */
let lies: Map<string, Answer>;
let asked: string[];

beforeEach(async () => {
  lies = new Map();
  asked = [];
  server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    (lies.get(path) ?? answers[path])?.(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return async () => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
});
afterEach(() => expect(asked).not.toContain("/stolen"));

const discoveryPath = "/.well-known/openid-configuration";
const answers: Readonly<Record<string, Answer>> = {
  [discoveryPath]: (_, response) => json(response, metadata()),
  "/keys": (_, response) => json(response, { keys: [own.jwk] }),
  "/token": (_, response) => json(response, tokens(jwt(claims()))),
  "/userinfo": (_, response) => json(response, { sub: "ann", groups: ["staff"], email: "ann@example.com" }),
};

function metadata(change: object = {}) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/keys`,
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256", "HS256", "none"],
    ...change,
  };
}

function claims(change: object = {}) {
  const now = Math.floor(Date.now() / 1000);
  const common = { iss: issuer, sub: "ann", aud: clientId, iat: now, exp: now + 300, nonce: secrets.nonce };
  return { ...common, email: "ann@example.com", groups: ["staff"], ...change };
}

function tokens(idToken: string | undefined) {
  return { access_token: "an access token", token_type: "Bearer", ...(idToken && { id_token: idToken }) };
}

function newKey() {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { privateKey, jwk: { ...publicKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: "one" } };
}

function jwt(payload: object, { key = own, alg = "RS256" } = {}): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${encode({ alg, kid: "one" })}.${encode(payload)}`;
  if (alg === "none") return `${text}.`;
  if (alg === "HS256") return `${text}.${createHmac("sha256", "the secret").update(text).digest("base64url")}`;
  return `${text}.${sign("sha256", Buffer.from(text), key.privateKey).toString("base64url")}`;
}

function json(response: ServerResponse, body: unknown): void {
  response.setHeader("content-type", "application/json").end(JSON.stringify(body));
}

function open({ allowed = ["127.0.0.0/8"], timeoutMs = 5_000, at = issuer } = {}) {
  const settings = {
    issuer: at,
    clientId,
    clientSecretFile: undefined,
    ownUrl: "https://stave.example.com",
    scopes: "openid",
    roleClaim: "groups",
    roles: new Map([["staff", "member"]] as const),
  };
  return createIdentityProvider(settings, { addresses: createAddressRules(allowed), timeoutMs });
}

const search = `?code=abc&state=${secrets.state}`;
const complete = () => open().complete(search, secrets);

test("proves who somebody is", async () => {
  expect(await complete()).toMatchObject({ iss: issuer, sub: "ann", groups: ["staff"] });
  expect(asked).toEqual([discoveryPath, "/token", "/keys"]);
});

test("asks for what the ID token lacks, and takes no other word for what it has", async () => {
  lies.set("/token", (_, response) => json(response, tokens(jwt(claims({ groups: undefined, email: "is@here.com" })))));
  expect(await complete()).toMatchObject({ groups: ["staff"], email: "is@here.com" });
});

test("reads the metadata once for all who come, and again after it has failed", async () => {
  lies.set(discoveryPath, (_, response) => response.writeHead(503).end());
  const provider = open();
  await expect(provider.begin(secrets)).rejects.toThrow(refused("PROVIDER_UNAVAILABLE"));
  lies.clear();
  await Promise.all([provider.begin(secrets), provider.begin(secrets)]);
  await provider.begin(secrets);
  expect(asked).toEqual([discoveryPath, discoveryPath]);
});

describe("security S27: a token is refused that", () => {
  const past = Math.floor(Date.now() / 1000) - 3600;
  test.each<[string, () => string | undefined]>([
    ["is for another sign-in", () => jwt(claims({ nonce: "m".repeat(43) }))],
    ["is for no sign-in", () => jwt(claims({ nonce: undefined }))],
    ["is of another issuer", () => jwt(claims({ iss: "https://evil.example" }))],
    ["is for another client", () => jwt(claims({ aud: "other" }))],
    [
      "is for other clients, too, and was asked for by one of them",
      () => jwt(claims({ aud: [clientId, "x"], azp: "x" })),
    ],
    ["has expired", () => jwt(claims({ iat: past, exp: past + 60 }))],
    ["has no end", () => jwt(claims({ exp: undefined }))],
    ["is about nobody", () => jwt(claims({ sub: undefined }))],
    ["is signed with another key of the same name", () => jwt(claims(), { key: other })],
    ["is not signed", () => jwt(claims(), { alg: "none" })],
    ["is signed with what is no key of the provider", () => jwt(claims(), { alg: "HS256" })],
    [
      "was changed after it was signed",
      () =>
        jwt(claims()).replace(
          /\.[^.]+\./,
          `.${Buffer.from(JSON.stringify(claims({ sub: "root" }))).toString("base64url")}.`,
        ),
    ],
    ["is none", () => "none"],
    ["is missing", () => undefined],
  ])("%s", async (_, token) => {
    lies.set("/token", (_request, response) => json(response, tokens(token())));
    await expect(complete()).rejects.toThrow(refused("REFUSED"));
  });

  test("comes with a userinfo about somebody else", async () => {
    lies.set("/token", (_, response) => json(response, tokens(jwt(claims({ groups: undefined })))));
    lies.set("/userinfo", (_, response) => json(response, { sub: "root", groups: ["staff"] }));
    await expect(complete()).rejects.toThrow(refused("REFUSED"));
  });
});

describe("security S27: an answer is refused that", () => {
  test.each([
    ["has another state", `?code=abc&state=${"t".repeat(43)}`],
    ["has no state", "?code=abc"],
    ["has two codes", `${search}&code=def`],
    ["names another issuer", `${search}&iss=https%3A%2F%2Fevil.example`],
  ])("%s", async (_, query) => {
    await expect(open().complete(query, secrets)).rejects.toThrow(refused("REFUSED"));
    expect(asked).not.toContain("/token");
  });
});

describe("security S27: metadata is refused that", () => {
  test.each<[string, Answer]>([
    ["is of another issuer", (_, response) => json(response, metadata({ issuer: "https://evil.example" }))],
    ["is somewhere else", (_, response) => response.writeHead(302, { location: "/stolen" }).end()],
    ["is no JSON", (_, response) => response.setHeader("content-type", "application/json").end("<html>")],
    ["is huge", (_, response) => json(response, metadata({ more: "x".repeat(1024 * 1024) }))],
    [
      "breaks off",
      (_, response) => response.writeHead(200, { "content-length": "100" }).write("{", () => response.destroy()),
    ],
    ["never comes", () => {}],
    ["comes a byte at a time", (_, response) => drip(response)],
  ])("%s", async (_, answer) => {
    lies.set(discoveryPath, answer);
    await expect(open({ timeoutMs: 300 }).begin(secrets)).rejects.toThrow(refused("PROVIDER_UNAVAILABLE"));
  });

  test.each(["token_endpoint", "jwks_uri"])("leads elsewhere: %s", async (name) => {
    for (const host of ["169.254.169.254", "[::1]", "10.0.0.1", "167772161"]) {
      lies.set(discoveryPath, (_, response) => json(response, metadata({ [name]: `http://${host}/stolen` })));
      await expect(complete()).rejects.toThrow(/not public/);
    }
  });

  test("is at an address that is not public, or at none", async () => {
    await expect(open({ allowed: [] }).begin(secrets)).rejects.toThrow(/not public/);
    const names = ["http://localhost:1", "http://[::1]:1", "http://0x7f000001:1", "http://169.254.169.254"];
    for (const at of names) await expect(open({ allowed: [], at }).begin(secrets)).rejects.toThrow(/not public/);
    await expect(open({ at: "http://127.0.0.1:1" }).begin(secrets)).rejects.toThrow(refused("PROVIDER_UNAVAILABLE"));
    expect(asked).toEqual([]);
  });
});

function drip(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" });
  const timer = setInterval(() => response.write(" "), 20);
  response.once("close", () => clearInterval(timer));
}
