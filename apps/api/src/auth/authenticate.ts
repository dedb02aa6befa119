import { type Permission, permissions } from "@stave/api-contract";
import type { Request } from "express";
import type { ApiContext } from "../context.ts";
import type { Caller } from "../http/caller.ts";
import { Problem } from "../http/problem.ts";
import { hashOf, looksLikeToken } from "./api-token.ts";

const noteUsedEveryMs = 60_000;

/** The one way in: who calls, by a token in `Authorization: Bearer` or `x-api-key`. */
export function createAuthenticate({ database, now, logger }: ApiContext) {
  const { apiTokens } = database.as("system");
  return async (request: Request): Promise<Caller | undefined> => {
    const token = readToken(request);
    if (token === undefined) return undefined;
    const found = looksLikeToken(token) ? await apiTokens.findByHash(hashOf(token)) : undefined;
    const at = now();
    if (
      found === undefined ||
      found.revokedAt !== undefined ||
      (found.expiresAt !== undefined && found.expiresAt <= at)
    ) {
      throw new Problem("UNAUTHENTICATED", { detail: "The token is unknown, was revoked or has expired." });
    }
    if (at.getTime() - (found.lastUsedAt?.getTime() ?? 0) >= noteUsedEveryMs) {
      await apiTokens
        .noteUsed(found.id, at)
        .catch((error: unknown) => logger.warn({ err: error }, "the date of a token's use could not be written"));
    }
    return {
      kind: "token",
      actor: `token:${found.name}`,
      userId: found.userId,
      permissions: new Set(found.permissions.filter(isPermission)),
    };
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

function isPermission(text: string): text is Permission {
  return (permissions as readonly string[]).includes(text);
}
