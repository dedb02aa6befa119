import { type Permission, permissions, permissionsOfRole } from "@stave/api-contract";
import type { ApiTokenRecord, UserRecord } from "@stave/control-database";
import type { Request } from "express";
import type { ApiContext } from "../context.ts";
import type { Caller } from "../http/caller.ts";
import { Problem } from "../http/problem.ts";
import { hashOf, looksLikeToken } from "./api-token.ts";
import { requireOwnOrigin } from "./require-own-origin.ts";
import { findSession } from "./session.ts";

const noteUsedEveryMs = 60_000;

/** The one way in: who calls, by a token in `Authorization: Bearer` or `x-api-key`, or else by the cookie of a session. */
export function createAuthenticate(context: ApiContext) {
  return async (request: Request): Promise<Caller | undefined> => {
    const token = readToken(request);
    return token === undefined ? callerOfSession(context, request) : callerOfToken(context, token);
  };
}

async function callerOfToken(context: ApiContext, token: string): Promise<Caller> {
  const { apiTokens, users } = context.database.as("system");
  const found = looksLikeToken(token) ? await apiTokens.findByHash(hashOf(token)) : undefined;
  const at = context.now();
  const refused = new Problem("UNAUTHENTICATED", { detail: "The token is unknown, was revoked or has expired." });
  if (found === undefined || found.revokedAt !== undefined) throw refused;
  if (found.expiresAt !== undefined && found.expiresAt <= at) throw refused;
  const user = found.userId === undefined ? undefined : await users.find(found.userId);
  if (found.userId !== undefined && (user === undefined || user.disabledAt !== undefined)) throw refused;
  await noteUsed(context, found, at);
  return {
    kind: "token",
    id: `token:${found.id}`,
    actor: user === undefined ? `token:${found.name}` : `user:${user.email}/token:${found.id}`,
    userId: user?.id,
    permissions: permissionsOf(found, user),
    expiresAt: found.expiresAt,
    sessionIdHash: undefined,
  };
}

/** Two tokens at once are a mistake: no telling which one is meant. */
function readToken({ headers }: Request): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
  const key = headers["x-api-key"];
  if (headers.authorization !== undefined && bearer === undefined) {
    throw new Problem("UNAUTHENTICATED", { detail: "Expected `Authorization: Bearer TOKEN`." });
  }
  if (bearer !== undefined && key !== undefined) {
    throw new Problem("UNAUTHENTICATED", { detail: "Send the token once: as Authorization or as x-api-key." });
  }
  return bearer ?? (typeof key === "string" ? key : undefined);
}

async function noteUsed({ database, logger }: ApiContext, { id, lastUsedAt }: ApiTokenRecord, at: Date) {
  if (at.getTime() - (lastUsedAt?.getTime() ?? 0) < noteUsedEveryMs) return;
  await database
    .as("system")
    .apiTokens.noteUsed(id, at)
    .catch((error: unknown) => logger.warn({ err: error }, "the date of a token's use could not be written"));
}

function permissionsOf(token: ApiTokenRecord, user: UserRecord | undefined): ReadonlySet<Permission> {
  const given = token.permissions.filter(isPermission);
  const most = user === undefined ? permissions : permissionsOfRole[user.role];
  return new Set(given.filter((permission) => most.includes(permission)));
}

function isPermission(text: string): text is Permission {
  return (permissions as readonly string[]).includes(text);
}

async function callerOfSession(context: ApiContext, request: Request): Promise<Caller | undefined> {
  const session = await findSession(context, request);
  if (session === undefined) return undefined;
  if (request.method !== "GET" && request.method !== "HEAD") requireOwnOrigin(request);
  const { user, idHash, expiresAt } = session;
  return {
    kind: "session",
    id: `user:${user.id}`,
    actor: `user:${user.email}`,
    userId: user.id,
    permissions: new Set(permissionsOfRole[user.role]),
    expiresAt,
    sessionIdHash: idHash,
  };
}
