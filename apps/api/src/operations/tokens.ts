import { type Permission, permissions } from "@stave/api-contract";
import type { ApiTokenRecord } from "@stave/control-database";
import { createApiToken } from "../auth/api-token.ts";
import { lastMomentOf, requireEndWithin } from "../auth/end-within.ts";
import type { OperationContext } from "../context.ts";
import type { Caller } from "../http/caller.ts";
import type { Handlers } from "../http/handler.ts";
import { Problem } from "../http/problem.ts";

const maxTokensOfOne = 100;

/** Tokens for programs: people make them for themselves. */
export function tokenOperations({
  database,
  now,
}: OperationContext): Pick<Handlers, "listTokens" | "createToken" | "revokeToken"> {
  const { apiTokens, users } = database.as("system");
  const visibleTo = async ({ userId, permissions: given }: Caller): Promise<readonly ApiTokenRecord[]> => {
    if (userId === undefined && !given.has("users:read")) return [];
    const found = await apiTokens.list(userId === undefined || given.has("users:read") ? {} : { userId });
    return found.filter(({ revokedAt }) => revokedAt === undefined);
  };

  return {
    async listTokens({ caller }) {
      const data = (await visibleTo(caller)).map(showToken);
      return { status: 200, body: { data, nextCursor: null } };
    },

    async createToken({ caller, body: { name, permissions: asked, expiresAt: until } }) {
      refuseTokenOfToken(caller);
      refuseMorePermissions(caller, asked);
      const expiresAt = endOf(caller, until ?? undefined, now());
      const live = (await apiTokens.list({})).filter(
        ({ userId, revokedAt }) => userId === caller.userId && revokedAt === undefined,
      );
      if (live.length >= maxTokensOfOne) {
        throw new Problem("CONFLICT", {
          detail: `At most ${maxTokensOfOne} tokens.`,
          nextActions: ["Revoke tokens that are not used any more."],
        });
      }
      const { token, tokenHash } = createApiToken();
      const made = await database.as(caller.actor).apiTokens.insert({
        tokenHash,
        name,
        permissions: permissions.filter((permission) => asked.includes(permission)),
        createdAt: now(),
        ...(caller.userId !== undefined && { userId: caller.userId }),
        ...(expiresAt !== undefined && { expiresAt }),
      });
      return { status: 201, body: { data: { ...showToken(made), token } } };
    },

    async revokeToken({ caller, params }) {
      const all = (await apiTokens.list({})).filter(({ revokedAt }) => revokedAt === undefined);
      const found = all.find(({ id }) => id === params.id);
      const isOwn = found !== undefined && (caller.id === `token:${found.id}` || isOf(caller, found));
      if (found === undefined || !(isOwn || caller.permissions.has("users:write"))) throw notFound();
      if (!isOwn) refuseMorePermissions(caller, found.permissions);
      if (found.userId === undefined && (await users.countAdmins()) === 0 && !all.some(opensAllBeside(found))) {
        throw new Problem("CONFLICT", {
          detail: "Without this token nobody could administer the server any more.",
          nextActions: ["Make the first user: POST /api/setup."],
        });
      }
      if (!(await database.as(caller.actor).apiTokens.revoke(found.id, now()))) throw notFound();
      return { status: 204 };
    },
  };
}

function showToken({ id, name, permissions: given, userId, createdAt, expiresAt, lastUsedAt }: ApiTokenRecord) {
  return {
    id,
    name,
    permissions: permissions.filter((permission) => given.includes(permission)),
    userId: userId ?? null,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  };
}

/** A token that was stolen must not make others that outlive it, unless it may decide about people anyway. */
function refuseTokenOfToken({ kind, permissions: given }: Caller): void {
  if (kind === "session" || given.has("users:write")) return;
  throw new Problem("PERMISSION_DENIED", {
    detail: "A token makes others only with the permission users:write.",
    nextActions: ["Sign in, and make the token there."],
  });
}

function refuseMorePermissions({ permissions: given }: Caller, asked: readonly string[]): void {
  const missing = asked.filter((permission) => !given.has(permission as Permission));
  if (missing.length === 0) return;
  throw new Problem("PERMISSION_DENIED", { detail: `You do not have ${missing.join(" and ")} yourself.` });
}

/** A token that expires makes none that lives longer. */
function endOf(caller: Caller, asked: string | undefined, now: Date): Date | undefined {
  if (asked === undefined) return lastMomentOf(caller);
  const expiresAt = new Date(asked);
  if (expiresAt <= now) throw new Problem("UNPROCESSABLE", { detail: "/expiresAt: this is past." });
  requireEndWithin(caller, expiresAt);
  return expiresAt;
}

function isOf({ userId }: Caller, token: ApiTokenRecord): boolean {
  return userId !== undefined && token.userId === userId;
}

/** Only what may do everything can make an admin. */
function opensAllBeside(other: ApiTokenRecord) {
  return ({ id, userId, permissions: given, expiresAt }: ApiTokenRecord): boolean =>
    id !== other.id &&
    userId === undefined &&
    expiresAt === undefined &&
    permissions.every((permission) => given.includes(permission));
}

function notFound(): Problem {
  return new Problem("NOT_FOUND", { detail: "There is no such token." });
}
