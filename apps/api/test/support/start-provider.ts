import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Provider, { type Context } from "oidc-provider";

/** What the provider says of somebody. */
export type ProviderAccount = {
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly name?: string;
  readonly groups?: readonly string[];
};

export type TestProvider = {
  readonly issuer: string;
  /** By subject; may be changed at any time. */
  readonly accounts: Map<string, ProviderAccount>;
  /** Signs in there as a browser would, from the address that it was sent to. Answers where it is sent back to. */
  signIn(authorizationUrl: string, subject: string): Promise<URL>;
  stop(): Promise<void>;
};

export const client = { id: "stave", secret: "the secret of the client, which nobody knows" };

/** A certified OpenID provider, on loopback. */
export async function startProvider(redirectUri: string): Promise<TestProvider> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const accounts = new Map<string, ProviderAccount>();
  const provider = new Provider(issuer, {
    clients: [{ client_id: client.id, client_secret: client.secret, redirect_uris: [redirectUri] }],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"], groups: ["groups"] },
    features: { devInteractions: { enabled: false } },
    ttl: { AccessToken: 600, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    cookies: { keys: ["a key of the test"] },
    interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    findAccount: (_: unknown, subject: string) => ({
      accountId: subject,
      claims: () => ({ sub: subject, ...accounts.get(subject) }),
    }),
    async loadExistingGrant({ oidc }: Context) {
      const grant = new provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope("openid email profile groups");
      await grant.save();
      return grant;
    },
  });
  const serve = provider.callback();
  server.on("request", (request, response) => {
    const subject = request.headers["x-test-subject"];
    if (!request.url?.startsWith("/interaction/")) serve(request, response);
    else void provider.interactionFinished(request, response, { login: { accountId: subject } });
  });

  return {
    issuer,
    accounts,
    async signIn(authorizationUrl, subject) {
      const cookies = new Map<string, string>();
      let url = new URL(authorizationUrl);
      for (let step = 0; step < 10; step += 1) {
        const cookie = [...cookies].map((pair) => pair.join("=")).join("; ");
        const response = await fetch(url, { headers: { cookie, "x-test-subject": subject }, redirect: "manual" });
        for (const line of response.headers.getSetCookie()) {
          const [name = "", value = ""] = line.split(";")[0]?.split("=") ?? [];
          cookies.set(name, value);
        }
        const location = response.headers.get("location");
        if (location === null) throw new Error(`${response.status}: ${await response.text()}`);
        url = new URL(location, url);
        if (url.href.startsWith(redirectUri)) return url;
      }
      throw new Error("The provider sends the browser in circles");
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
