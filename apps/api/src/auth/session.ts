import { hash, randomBytes } from "node:crypto";
import type { SessionRecord } from "@stave/control-database";
import type { Request } from "express";
import type { ApiContext } from "../context.ts";
import { readCookie } from "./read-cookie.ts";

const cookieName = "stave_session";
const sessionBytes = 32;
const idleMs = 12 * 60 * 60 * 1000;
const totalMs = 7 * 24 * 60 * 60 * 1000;
const extendEveryMs = 60_000;

/** What a browser gets, and what is kept of it. SHA-256 is enough for 256 random bits. */
export function createSessionId(): { readonly id: string; readonly idHash: string } {
  const id = randomBytes(sessionBytes).toString("base64url");
  return { id, idHash: hash("sha256", id) };
}

/** Until when a session lasts that is used now: 12 hours, and 7 days in all. */
export function sessionEnd(createdAt: Date, usedAt: Date): Date {
  return new Date(Math.min(usedAt.getTime() + idleMs, createdAt.getTime() + totalMs));
}

/**
 * The session of a request's cookie. One that has ended is as none: otherwise nobody with an old cookie could sign in again. Using it makes
 * it last longer.
 */
export async function findSession(
  { database, now, logger }: ApiContext,
  request: Request,
): Promise<SessionRecord | undefined> {
  const id = readCookie(request.headers.cookie, cookieName) ?? "";
  if (!/^[\w-]{43}$/.test(id)) return undefined;
  const { sessions } = database.as("system");
  const at = now();
  const session = await sessions.find(hash("sha256", id), at);
  if (session === undefined) return undefined;
  const expiresAt = sessionEnd(session.createdAt, at);
  if (expiresAt.getTime() - session.expiresAt.getTime() < extendEveryMs) return session;
  await sessions
    .extend(session.idHash, expiresAt)
    .catch((error: unknown) => logger.warn({ err: error }, "a session could not be made longer"));
  return { ...session, expiresAt };
}

/** Without an `id` the browser forgets it. */
export function sessionCookie({ secure }: Pick<Request, "secure">, id = ""): string {
  const age = id === "" ? "; Max-Age=0" : `; Max-Age=${totalMs / 1000}`;
  return `${cookieName}=${id}; Path=/api; HttpOnly; SameSite=Lax${age}${secure ? "; Secure" : ""}`;
}
