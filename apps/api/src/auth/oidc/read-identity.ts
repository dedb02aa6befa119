import { roles as allRoles, type Role } from "@stave/api-contract";
import type { KnownIdentity } from "@stave/control-database";
import { z } from "zod";
import type { Claims } from "./identity-provider.ts";
import type { OidcSettings } from "./oidc-settings.ts";
import { SignInError } from "./sign-in-error.ts";

// As the contract has them: the audit log names people by their address, in at most 256 characters.
const emailAddress = z.email().max(200);
const maxName = 100;
const maxSubject = 255;

/** Who the claims are about, as far as it is known here. Throws a {@link SignInError} for somebody without a role or an e-mail address. */
export function readIdentity(claims: Claims, { roleClaim, roles }: OidcSettings): KnownIdentity {
  const { iss: issuer, sub: subject } = claims;
  if (subject.length > maxSubject || issuer.length > 512) {
    throw new SignInError("REFUSED", "The identity provider names you by more than 255 characters.");
  }
  const role = highestRole(valuesOf(readClaim(claims, roleClaim)), roles);
  if (role === undefined) throw new SignInError("NO_ROLE", "The identity provider gives you no role here.");
  const email = emailAddress.safeParse(claims.email);
  // An address that somebody has only typed would stand for them in the audit log.
  if (!email.success || claims.email_verified === false) {
    throw new SignInError("NO_EMAIL", "The identity provider knows no e-mail address of you that was verified.");
  }
  return { issuer, subject, email: email.data, name: nameOf(claims) ?? email.data.slice(0, maxName), role };
}

/** By its name, which may have any characters, or where a JSON pointer of https://www.rfc-editor.org/rfc/rfc6901 leads. */
export function readClaim(claims: Claims, claim: string): unknown {
  if (!claim.startsWith("/")) return Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  const steps = claim
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  return steps.reduce<unknown>(
    (value, step) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, step)
        ? (value as Record<string, unknown>)[step]
        : undefined,
    claims,
  );
}

function valuesOf(claim: unknown): readonly string[] {
  return [claim].flat().filter((value) => typeof value === "string");
}

/** `allRoles` begins with the one that may most. */
function highestRole(values: readonly string[], roles: ReadonlyMap<string, Role>): Role | undefined {
  const given = new Set(values.map((value) => roles.get(value)));
  return allRoles.find((role) => given.has(role));
}

function nameOf({ name, preferred_username: username }: Claims): string | undefined {
  return [name, username]
    .filter((text) => typeof text === "string")
    .map((text) =>
      text
        .replaceAll(/\p{Cc}/gu, " ")
        .trim()
        .slice(0, maxName),
    )
    .find((text) => text !== "");
}
