import type { Role } from "@stave/api-contract";
import { InvalidArgumentError, type Option } from "commander";

/** How people sign in with an identity provider. */
export type OidcSettings = {
  /** Where its metadata is found, and what it calls itself in each token. */
  readonly issuer: string;
  readonly clientId: string;
  /** Undefined: a public client. */
  readonly clientSecretFile: string | undefined;
  /** Where browsers reach this api: scheme, host and port. The redirect URI is made of it, never of a header. */
  readonly ownUrl: string;
  readonly scopes: string;
  /** The name of a claim, or a JSON pointer into the claims. */
  readonly roleClaim: string;
  /** By the value of the claim. Who has none of them is refused. */
  readonly roles: ReadonlyMap<string, Role>;
};

/** As the flags have them. */
export type OidcFlags = {
  readonly oidcIssuer?: string;
  readonly oidcClientId?: string;
  readonly oidcClientSecretFile?: string;
  readonly oidcOwnUrl?: string;
  readonly oidcScopes: string;
  readonly oidcRoleClaim: string;
  readonly oidcRoles?: ReadonlyMap<string, Role>;
};

type Add = (flags: string, description: string, change: (option: Option) => Option) => void;

export function addOidcOptions(add: Add): void {
  add("--oidc-issuer <url>", "the identity provider that people sign in with", (option) => option.argParser(issuerUrl));
  add("--oidc-client-id <id>", "what the provider knows this api as", (option) => option.argParser(printable));
  add("--oidc-client-secret-file <file>", "holds the secret of the client; none for a public one", (option) =>
    option.argParser(printable),
  );
  add("--oidc-own-url <url>", "where browsers reach this api: https://stave.example.com", (option) =>
    option.argParser(originUrl),
  );
  add("--oidc-scopes <scopes>", "what the provider is asked for", (option) =>
    option.default("openid email profile").argParser(scopes),
  );
  add("--oidc-role-claim <claim>", "the claim that says the role, or a JSON pointer: /realm_access/roles", (option) =>
    option.default("groups").argParser(printable),
  );
  add("--oidc-roles <list>", "which value is which role: storage-admins=admin,staff=viewer", (option) =>
    option.argParser(roleList),
  );
}

/** Undefined: nobody signs in with a provider. Throws a `TypeError` for flags of which one needs another. */
export function readOidcSettings(flags: OidcFlags): OidcSettings | undefined {
  const { oidcIssuer: issuer, oidcClientId: clientId, oidcOwnUrl: ownUrl, oidcRoles: roles } = flags;
  const { oidcClientSecretFile: clientSecretFile, oidcScopes, oidcRoleClaim: roleClaim } = flags;
  if (issuer === undefined) {
    if (clientId ?? ownUrl ?? roles ?? clientSecretFile) throw new TypeError("--oidc-issuer is missing.");
    return undefined;
  }
  if (clientId === undefined || ownUrl === undefined || roles === undefined) {
    throw new TypeError("--oidc-issuer needs --oidc-client-id, --oidc-own-url and --oidc-roles, too.");
  }
  return { issuer, clientId, clientSecretFile, ownUrl, scopes: oidcScopes, roleClaim, roles };
}

function issuerUrl(text: string): string {
  const url = URL.parse(text);
  const isPlain = url !== null && url.username === "" && url.search === "" && url.hash === "";
  if (!isPlain || !/^https?:$/.test(url.protocol) || text.length > 512) {
    throw new InvalidArgumentError("Expected an https URL of at most 512 characters, without a query.");
  }
  return text; // byte for byte what the tokens say
}

function originUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || (text !== url.origin && text !== `${url.origin}/`)) {
    throw new InvalidArgumentError("Expected an http or https URL without a path.");
  }
  return url.origin;
}

function scopes(text: string): string {
  const names = text.split(" ").filter((name) => name !== "");
  if (!names.includes("openid") || !names.every((name) => /^[!#-[\]-~]+$/.test(name))) {
    throw new InvalidArgumentError("Expected names with spaces between them, `openid` among them.");
  }
  return names.join(" ");
}

/** The value of a claim may have an equals sign; the name of a role has none. */
function roleList(text: string): ReadonlyMap<string, Role> {
  const pairs = text.split(",").map((pair) => {
    const [, value = "", role = ""] = /^(.+)=(admin|member|viewer)$/.exec(pair.trim()) ?? [];
    if (value === "") {
      throw new InvalidArgumentError("Expected VALUE=ROLE, separated by commas; roles are admin, member and viewer.");
    }
    return [value.trim(), role as Role] as const;
  });
  const roles = new Map(pairs);
  if (roles.size < pairs.length) throw new InvalidArgumentError("Expected each value once.");
  return roles;
}

function printable(text: string): string {
  if (!/^[!-~](?:[ -~]*[!-~])?$/.test(text)) throw new InvalidArgumentError("Expected printable ASCII.");
  return text;
}
