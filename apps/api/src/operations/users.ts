import { ControlDatabaseError, type UserRecord } from "@stave/control-database";
import type { Passwords } from "../auth/password.ts";
import { requireRightsOf } from "../auth/require-rights-of.ts";
import type { OperationContext } from "../context.ts";
import type { Handlers } from "../http/handler.ts";
import { Problem } from "../http/problem.ts";
import { etagOf, requireRevision } from "../http/require-revision.ts";

type UserHandlers = Pick<Handlers, "listUsers" | "createUser" | "getUser" | "changeUser" | "removeUser">;

/** Who may sign in, and as what. */
export function userOperations({ database, now }: OperationContext, passwords: Passwords): UserHandlers {
  const { users: allUsers } = database.as("system");
  const find = async (id: string): Promise<UserRecord> => {
    const user = await allUsers.find(id);
    if (user === undefined) throw new Problem("NOT_FOUND", { detail: "There is no such user." });
    return user;
  };

  return {
    async listUsers({ query: { limit, cursor } }) {
      if (cursor !== undefined && !/^[\da-f]{16}$/.test(cursor)) {
        throw new Problem("INVALID_REQUEST", {
          detail: "/query/cursor: expected one that a page before has answered.",
        });
      }
      const found = await allUsers.list({ after: cursor, limit: limit + 1 });
      const page = found.slice(0, limit);
      const nextCursor = found.length > limit ? (page.at(-1)?.id ?? null) : null;
      return { status: 200, body: { data: page.map(showUser), nextCursor } };
    },

    async createUser({ caller, body: { email, name, role, password } }) {
      requireRightsOf(caller, role);
      const passwordHash = await passwords.hash(password);
      const user = await database
        .as(caller.actor)
        .users.insert({ email, name, role, passwordHash, createdAt: now() })
        .catch(refuseAsProblem);
      return {
        status: 201,
        headers: { location: `/api/users/${user.id}`, etag: etagOf(user.revision) },
        body: { data: showUser(user) },
      };
    },

    async getUser({ params }) {
      const user = await find(params.id);
      return { status: 200, headers: { etag: etagOf(user.revision) }, body: { data: showUser(user) } };
    },

    async changeUser({ caller, params, body: { name, role, password, isDisabled }, message }) {
      const before = await find(params.id);
      requireRevision(message, before.revision);
      requireRightsOf(caller, before.role);
      if (role !== undefined) requireRightsOf(caller, role);
      if (!before.hasPassword && (name ?? role ?? password) !== undefined) {
        throw new Problem("CONFLICT", {
          detail: "The identity provider says the name and the role of this user, who has no password.",
          nextActions: ["Change them there, or disable the user here."],
        });
      }
      const change = {
        name,
        role,
        passwordHash: password === undefined ? undefined : await passwords.hash(password),
        disabledAt: isDisabled === undefined ? undefined : isDisabled ? (before.disabledAt ?? now()) : null,
      };
      const isEmpty = Object.values(change).every((value) => value === undefined);
      const after = isEmpty
        ? before
        : await database
            .as(caller.actor)
            .users.change(before.id, change, { ifRevision: before.revision })
            .catch(refuseAsProblem);
      return { status: 200, headers: { etag: etagOf(after.revision) }, body: { data: showUser(after) } };
    },

    async removeUser({ caller, params, message }) {
      const before = await find(params.id);
      requireRevision(message, before.revision);
      requireRightsOf(caller, before.role);
      await database.as(caller.actor).users.remove(before.id, { ifRevision: before.revision }).catch(refuseAsProblem);
      return { status: 204 };
    },
  };
}

export function showUser({ id, email, name, role, hasPassword, createdAt, disabledAt }: UserRecord) {
  const signsInWith = hasPassword ? ("password" as const) : ("oidc" as const);
  const times = { isDisabled: disabledAt !== undefined, createdAt: createdAt.toISOString() };
  return { id, email, name, role, signsInWith, ...times };
}

/** What the table of users has refused. */
export function refuseAsProblem(error: unknown): never {
  if (!(error instanceof ControlDatabaseError)) throw error;
  const { code, message: detail } = error;
  if (code === "UserExists") throw new Problem("CONFLICT", { detail });
  if (code === "UserNotFound") throw new Problem("NOT_FOUND", { detail });
  if (code === "UserChanged") throw new Problem("PRECONDITION_FAILED", { detail });
  if (code === "LastAdmin") {
    throw new Problem("CONFLICT", { detail, nextActions: ["Make somebody else an admin first."] });
  }
  throw error;
}
