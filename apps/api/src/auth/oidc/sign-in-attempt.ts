import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Request } from "express";
import type { ApiContext } from "../../context.ts";
import { readCookie } from "../read-cookie.ts";
import type { SignInSecrets } from "./identity-provider.ts";
import { SignInError } from "./sign-in-error.ts";

/** A sign-in that was begun in this browser, and ends in this browser, once. */
export type SignInAttempt = SignInSecrets & { readonly returnTo: string; readonly expiresAt: string };

const cookieName = "stave_oidc";
const path = "/api/session/oidc";
const validMs = 10 * 60_000;
const sealedFor = ["sign-in", "attempt"];

export function beginAttempt(returnTo: string, at: Date): SignInAttempt {
  const expiresAt = new Date(at.getTime() + validMs).toISOString();
  return { state: random(), nonce: random(), codeVerifier: random(), returnTo, expiresAt };
}

/** 256 bits, in 43 characters: as long as PKCE wants it. */
function random(): string {
  return randomBytes(32).toString("base64url");
}

/** For the browser to keep, which cannot read it. */
export async function attemptCookie(
  { vault }: Pick<ApiContext, "vault">,
  attempt: SignInAttempt,
  isSecure: boolean,
): Promise<string> {
  return cookie(await vault.seal(JSON.stringify(attempt), sealedFor), validMs / 1000, isSecure);
}

export function forgetAttempt(isSecure: boolean): string {
  return cookie("", 0, isSecure);
}

/** Lax: the provider's page sends the browser here. */
function cookie(value: string, maxAgeSeconds: number, isSecure: boolean): string {
  return `${cookieName}=${value}; Path=${path}; HttpOnly; SameSite=Lax; Max-Age=${maxAgeSeconds}${isSecure ? "; Secure" : ""}`;
}

/** The attempt that the answer with this `state` belongs to, which cannot be used again. Throws a {@link SignInError}. */
export async function useAttempt(
  { vault, database, now }: Pick<ApiContext, "vault" | "database" | "now">,
  { headers }: Request,
  state: string,
): Promise<SignInAttempt> {
  const envelope = readCookie(headers.cookie, cookieName);
  const text = envelope && (await vault.open(envelope, sealedFor).catch(() => undefined));
  const expired = new SignInError("EXPIRED", "This sign-in was not begun in this browser, or has taken too long.");
  if (!text) throw expired;
  const attempt: SignInAttempt = JSON.parse(text);
  if (!isEqual(attempt.state, state)) throw expired;
  const expiresAt = new Date(attempt.expiresAt);
  if (expiresAt <= now()) throw expired;
  const isFirst = await database.as("system").identities.useOnce({ idHash: hash("sha256", state), expiresAt });
  if (!isFirst) throw new SignInError("EXPIRED", "This sign-in was completed before.");
  return attempt;
}

function isEqual(one: string, other: string): boolean {
  return (
    one.length === other.length && timingSafeEqual(Buffer.from(hash("sha256", one)), Buffer.from(hash("sha256", other)))
  );
}
