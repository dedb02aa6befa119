// OpenID Connect Core 1.0: https://openid.net/specs/openid-connect-core-1_0.html
// PKCE, RFC 7636: https://www.rfc-editor.org/rfc/rfc7636
import { readFileSync } from "node:fs";
import type { ClientAuth, Configuration } from "openid-client";
import { UsageError } from "../../config.ts";
import type { OidcSettings } from "./oidc-settings.ts";
import { createProviderFetch, type ProviderFetchOptions } from "./provider-fetch.ts";
import { readClaim } from "./read-identity.ts";
import { SignInError } from "./sign-in-error.ts";

/** What only the browser that has begun a sign-in knows of it. */
export type SignInSecrets = { readonly state: string; readonly nonce: string; readonly codeVerifier: string };

export type Claims = Readonly<Record<string, unknown>> & { readonly iss: string; readonly sub: string };

export type IdentityProvider = {
  readonly settings: OidcSettings;
  /** Where the browser goes. Throws a {@link SignInError} when the provider does not say. */
  begin(secrets: SignInSecrets): Promise<URL>;
  /** Who has come back, proven: `search` is the query that the browser has brought. Throws a {@link SignInError}. */
  complete(search: string, secrets: SignInSecrets): Promise<Claims>;
};

type Client = typeof import("openid-client");

const callbackPath = "/api/session/oidc/callback";
/** Metadata is asked for again after this; keys are, by the client, whenever a token has one that is new. */
const metadataMs = 60 * 60_000;
const clockToleranceSeconds = 30;

/** Throws what reading the file of the client's secret throws, and a {@link UsageError} for one that is empty. */
export function createIdentityProvider(settings: OidcSettings, requests: ProviderFetchOptions): IdentityProvider {
  const { issuer, clientId, clientSecretFile, ownUrl, scopes, roleClaim } = settings;
  const secret = clientSecretFile === undefined ? undefined : readFileSync(clientSecretFile, "utf8").trim();
  if (secret === "") throw new UsageError(`The file ${clientSecretFile} of --oidc-client-secret-file is empty.`);
  const redirectUri = ownUrl + callbackPath;
  const discover = async () => {
    const client = await load();
    const metadata = { [client.clockTolerance]: clockToleranceSeconds };
    return await client.discovery(new URL(issuer), clientId, metadata, authenticateClient(client, secret), {
      [client.customFetch]: createProviderFetch(requests),
      // Without it the client takes a token's word for it, since it came over TLS.
      execute: [
        client.enableNonRepudiationChecks,
        ...(issuer.startsWith("http:") ? [client.allowInsecureRequests] : []),
      ],
    });
  };
  const configuration = keepFor(metadataMs, discover);

  return {
    settings,
    async begin({ state, nonce, codeVerifier }) {
      const known = await configuration().catch(refuseAs("PROVIDER_UNAVAILABLE"));
      const { buildAuthorizationUrl, calculatePKCECodeChallenge } = await load();
      return buildAuthorizationUrl(known, {
        redirect_uri: redirectUri,
        scope: scopes,
        state,
        nonce,
        code_challenge: await calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: "S256",
      });
    },
    async complete(search, { state, nonce, codeVerifier }) {
      const known = await configuration().catch(refuseAs("PROVIDER_UNAVAILABLE"));
      const { authorizationCodeGrant, fetchUserInfo } = await load();
      const url = new URL(redirectUri);
      url.search = search;
      const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: codeVerifier };
      const tokens = await authorizationCodeGrant(known, url, { ...checks, idTokenExpected: true }).catch(
        refuseAs("REFUSED"),
      );
      const claims = tokens.claims();
      if (claims === undefined) throw new SignInError("REFUSED", "The identity provider has sent no ID token.");
      if (hasAll(claims, roleClaim) || known.serverMetadata().userinfo_endpoint === undefined) return claims;
      const more = await fetchUserInfo(known, tokens.access_token, claims.sub).catch(refuseAs("REFUSED"));
      return { ...more, ...claims };
    },
  };
}

/** Only where somebody signs in with a provider: others have 9 MiB more without it. */
function load(): Promise<Client> {
  return import("openid-client");
}

function authenticateClient(
  { None, ClientSecretBasic, ClientSecretPost }: Client,
  secret: string | undefined,
): ClientAuth {
  if (secret === undefined) return None();
  const basic = ClientSecretBasic(secret);
  const post = ClientSecretPost(secret);
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
    return (methods.includes("client_secret_basic") ? basic : post)(server, ...rest);
  };
}

/** One request for all who ask meanwhile. What has failed is not kept. */
function keepFor(ms: number, load: () => Promise<Configuration>): () => Promise<Configuration> {
  let kept: { readonly until: number; readonly value: Promise<Configuration> } | undefined;
  return () => {
    if (kept !== undefined && kept.until > performance.now()) return kept.value;
    const value = load();
    kept = { until: performance.now() + ms, value };
    value.catch(() => {
      if (kept?.value === value) kept = undefined;
    });
    return value;
  };
}

/** Many providers put the claims of a scope into the answer of userinfo only. */
function hasAll(claims: Claims, roleClaim: string): boolean {
  return readClaim(claims, roleClaim) !== undefined && claims.email !== undefined;
}

/** The client wraps what was thrown below it. */
function refuseAs(code: "REFUSED" | "PROVIDER_UNAVAILABLE"): (error: unknown) => never {
  return (error) => {
    for (let cause = error; cause instanceof Error; cause = cause.cause) {
      if (cause instanceof SignInError) throw cause;
    }
    if (error instanceof Error && "code" in error && error.code === "OAUTH_AUTHORIZATION_RESPONSE_ERROR") {
      throw new SignInError("CANCELLED", "The identity provider has not let you in.", { cause: error });
    }
    const message =
      code === "REFUSED"
        ? "What the identity provider has sent does not prove who you are."
        : "The identity provider cannot be used: its answer is not that of an OpenID provider with this name.";
    throw new SignInError(code, message, { cause: error });
  };
}
