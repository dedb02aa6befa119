import { type Permission, permissions, permissionsOfRole } from "@stave/api-contract";
import type { UserRecord } from "@stave/control-database";
import type { Passwords } from "../auth/password.ts";
import { requireOwnOrigin } from "../auth/require-own-origin.ts";
import { requireRightsOf } from "../auth/require-rights-of.ts";
import { createSessionId, sessionCookie, sessionEnd } from "../auth/session.ts";
import { createSignInThrottle } from "../auth/sign-in-throttle.ts";
import type { OperationContext } from "../context.ts";
import type { Handlers } from "../http/handler.ts";
import { Problem } from "../http/problem.ts";
import { refuseAsProblem, showUser } from "./users.ts";

type SessionHandlers = Pick<Handlers, "setUp" | "signIn" | "getSession" | "signOut" | "changePassword">;
type Credentials = { readonly user: UserRecord; readonly passwordHash: string };

/** The first user, signing in and out, and one's own password. */
export function sessionOperations({ database, logger, now }: OperationContext, passwords: Passwords): SessionHandlers {
  const throttle = createSignInThrottle();
  const { users } = database.as("system");

  /** Undefined when the user is disabled, or has another password by now. */
  const begin = async ({ user, passwordHash: stored }: Credentials, password: string) => {
    let passwordHash = stored;
    if (passwords.isOutdated(stored)) {
      const renewed = await passwords.hash(password);
      if (await users.rehash(user.id, stored, renewed)) passwordHash = renewed;
    }
    const { id, idHash } = createSessionId();
    const createdAt = now();
    const expiresAt = sessionEnd(createdAt, createdAt);
    const { sessions } = database.as(`user:${user.email}`);
    const isOpen = await sessions.create({ idHash, userId: user.id, passwordHash, createdAt, expiresAt });
    return isOpen ? { id, user, expiresAt } : undefined;
  };

  return {
    async setUp({ caller, body: { email, name, password } }) {
      requireRightsOf(caller, "admin");
      const isFirst = (await users.count()) === 0; // asked again below: here it saves the hash
      if (!isFirst) throw new Problem("CONFLICT", { detail: "There is a user already: sign in." });
      const passwordHash = await passwords.hash(password);
      const user = await database
        .as(caller.actor)
        .users.insert({ email, name, role: "admin", passwordHash, createdAt: now() }, { onlyFirst: true })
        .catch(refuseAsProblem);
      return { status: 201, body: { data: showUser(user) } };
    },

    async signIn({ body: { email, password }, message, address, requestId }) {
      requireOwnOrigin(message, { mayBeMissing: true });
      await throttle.count(email);
      const found = await users.credentialsOf(email);
      const isRight = await passwords.verify(password, found?.passwordHash);
      const session = found !== undefined && isRight ? await begin(found, password) : undefined;
      if (session === undefined) {
        // Not the address that was typed: people type passwords there.
        logger.warn({ requestId, address, userId: found?.user.id }, "somebody could not sign in");
        throw new Problem("UNAUTHENTICATED", { detail: "The e-mail address or the password is wrong." });
      }
      await throttle.forget(email);
      const shown = { ...session, kind: "session", permissions: permissionsOfRole[session.user.role] } as const;
      const headers = { "set-cookie": sessionCookie(message, session.id) };
      return { status: 200, headers, body: { data: showSession(shown) } };
    },

    async getSession({ caller }) {
      const user = caller.userId === undefined ? undefined : await users.find(caller.userId);
      return { status: 200, body: { data: showSession({ ...caller, user }) } };
    },

    async signOut({ caller, message }) {
      if (caller.sessionIdHash === undefined) {
        throw new Problem("CONFLICT", {
          detail: "A token has no session.",
          nextActions: ["Revoke the token: DELETE /api/tokens/{id}."],
        });
      }
      await database.as(caller.actor).sessions.remove(caller.sessionIdHash);
      return { status: 204, headers: { "set-cookie": sessionCookie(message) } };
    },

    async changePassword({ caller, body: { currentPassword, newPassword }, message }) {
      const user = caller.kind === "session" && caller.userId ? await users.find(caller.userId) : undefined;
      if (user === undefined) throw new Problem("CONFLICT", { detail: "Sign in to change your password." });
      if (!user.hasPassword) {
        throw new Problem("CONFLICT", { detail: "You sign in with an identity provider, and have no password here." });
      }
      await throttle.count(user.email);
      const found = await users.credentialsOf(user.email);
      if (!(await passwords.verify(currentPassword, found?.passwordHash))) {
        throw new Problem("UNPROCESSABLE", { detail: "The current password is wrong." });
      }
      await throttle.forget(user.email);
      const passwordHash = await passwords.hash(newPassword);
      await database
        .as(caller.actor)
        .users.change(user.id, { passwordHash }, { ifRevision: user.revision })
        .catch(refuseAsProblem);
      return { status: 204, headers: { "set-cookie": sessionCookie(message) } };
    },
  };
}

function showSession(session: {
  readonly kind: "session" | "token";
  readonly user: UserRecord | undefined;
  readonly permissions: Iterable<Permission>;
  readonly expiresAt: Date | undefined;
}) {
  const given = new Set(session.permissions);
  return {
    kind: session.kind,
    user: session.user === undefined ? null : showUser(session.user),
    permissions: permissions.filter((permission) => given.has(permission)),
    expiresAt: session.expiresAt?.toISOString() ?? null,
  };
}
