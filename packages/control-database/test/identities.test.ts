import { beforeEach, describe, expect, test } from "vitest";
import { type ControlDatabase, type ControlTables, openControlDatabase } from "../src/index.ts";
import { databaseKinds, useDatabases } from "./test-databases.ts";

const refused = (code: string) => expect.objectContaining({ name: "ControlDatabaseError", code });
const at = new Date("2030-01-01T00:00:00.000Z");
const later = (ms: number) => new Date(at.getTime() + ms);
const ann = {
  issuer: "https://id.example.com",
  subject: "1",
  email: "Ann@Example.com",
  name: "Ann",
  role: "admin",
} as const;

describe.each(databaseKinds)("identities in %s", (kind, isThere) => {
  describe.skipIf(!isThere)("", () => {
    const databases = useDatabases(kind);
    let database: ControlDatabase;
    let other: ControlDatabase;
    let tables: ControlTables;

    beforeEach(async () => {
      const created = await databases.create();
      database = await openControlDatabase({ at: created.at, now: () => at });
      other = await openControlDatabase({ at: created.at, now: () => at });
      tables = database.as("provider");
      return async () => {
        await database.close();
        await other.close();
        await created.remove();
      };
    });

    test("are one user each, however many come at once", async () => {
      const admitted = await Promise.all(
        [database, other, database, other].map((one) => one.as("provider").identities.admit(ann)),
      );
      expect(new Set(admitted.map(({ id }) => id)).size).toBe(1);
      expect(await tables.users.list({ limit: 10 })).toEqual([
        {
          ...{ email: "ann@example.com", name: "Ann", role: "admin" },
          ...{ hasPassword: false, revision: 1 },
          createdAt: at,
          id: expect.any(String),
        },
      ]);
      const elsewhere = { ...ann, issuer: "https://other.example.com", email: "other@example.com" };
      expect((await tables.identities.admit(elsewhere)).id).not.toBe(admitted[0]?.id);
    });

    test("are never taken for the user of the same address, who has a password or not", async () => {
      const local = {
        email: "ann@example.com",
        name: "Ann",
        role: "admin",
        passwordHash: "hash",
        createdAt: at,
      } as const;
      await tables.users.insert(local);
      await expect(tables.identities.admit(ann)).rejects.toThrow(refused("UserExists"));
      const bob = await tables.identities.admit({ ...ann, email: "bob@example.com" });
      await expect(tables.identities.admit(ann)).rejects.toThrow(refused("UserExists"));
      await expect(tables.identities.admit({ ...ann, subject: "2", email: "BOB@example.com" })).rejects.toThrow(
        refused("UserExists"),
      );
      await expect(tables.users.insert({ ...local, email: "bob@example.com" })).rejects.toThrow(refused("UserExists"));
      expect(await tables.users.find(bob.id)).toEqual(bob);
    });

    test("have no password, and a session only while they are not disabled", async () => {
      const { id } = await tables.identities.admit(ann);
      expect(await tables.users.credentialsOf("ann@example.com")).toBeUndefined();
      const session = { userId: id, createdAt: at, expiresAt: later(1000) };
      expect(await tables.sessions.create({ ...session, idHash: "1", passwordHash: undefined })).toBe(true);
      expect(await tables.sessions.create({ ...session, idHash: "2", passwordHash: "hash" })).toBe(false);
      await tables.identities.admit({ ...ann, subject: "2", email: "two@example.com" }); // another admin
      await tables.users.change(id, { disabledAt: at });
      expect(await tables.sessions.find("1", at)).toBeUndefined();
      expect(await tables.sessions.create({ ...session, idHash: "3", passwordHash: undefined })).toBe(false);
      await expect(tables.identities.admit(ann)).rejects.toThrow(refused("UserDisabled"));
    });

    test("lose everything when they lose their role, and go with their user", async () => {
      const { users, identities, sessions, apiTokens } = tables;
      const { id } = await identities.admit(ann);
      await sessions.create({
        idHash: "1",
        userId: id,
        passwordHash: undefined,
        createdAt: at,
        expiresAt: later(1000),
      });
      const token = { tokenHash: "t", name: "ci", permissions: [], createdAt: at };
      await apiTokens.insert({ ...token, userId: id });
      await apiTokens.insert({ ...token, tokenHash: "u" });

      expect(await identities.withdraw(ann)).toBe(true);
      expect(await identities.withdraw({ ...ann, subject: "2" })).toBe(false);

      expect(await sessions.find("1", at)).toBeUndefined();
      expect((await apiTokens.findByHash("t"))?.revokedAt).toEqual(at);
      expect((await apiTokens.findByHash("u"))?.revokedAt).toBeUndefined();
      await identities.admit({ ...ann, subject: "2", email: "two@example.com" });
      await users.remove(id);
      expect((await identities.admit(ann)).id).not.toBe(id);
    });

    test("complete a sign-in once, also in two processes", async () => {
      const signIn = { idHash: "a", expiresAt: later(1000) };
      const used = await Promise.all([database, other].map((one) => one.as("x").identities.useOnce(signIn)));
      expect(used.toSorted()).toEqual([false, true]);
      expect(await tables.identities.prune(later(999))).toBe(0);
      expect(await tables.identities.prune(later(1000))).toBe(1);
    });

    test("the audit log is pruned by age, and says so; nothing else removes from it", async () => {
      for (const subject of ["old", "older"]) await database.audit.add({ actor: "ann", action: "x", subject });
      expect(await database.audit.prune(at)).toBe(0);
      expect(await database.audit.list({ action: "audit:prune" })).toEqual([]);

      expect(await database.audit.prune(later(1))).toBe(2);

      expect(await database.audit.list()).toEqual([
        expect.objectContaining({
          actor: "system",
          action: "audit:prune",
          details: { before: later(1).toISOString(), count: 2 },
        }),
      ]);
    });

    test("of many changes of a service at once none is lost", async () => {
      const service = {
        name: "s",
        slug: "s",
        engine: "external",
        status: "running",
        region: "r",
        parameters: {},
      } as const;
      const { id } = await tables.services.insert(service);
      const changes = [database, other, database, other, database, other].map((one, n) =>
        one.as("x").services.change(id, n % 2 === 0 ? { endpoint: `http://${n}` } : { statusReason: `${n}` }),
      );
      await Promise.all(changes);
      const after = await tables.services.find(id);
      expect(after).toMatchObject({ revision: 7, endpoint: expect.any(String), statusReason: expect.any(String) });

      const tries = [database, other].map((one) =>
        one.as("x").services.change(id, { version: "1" }, { ifRevision: 7 }),
      );
      expect((await Promise.allSettled(tries)).map(({ status }) => status).toSorted()).toEqual([
        "fulfilled",
        "rejected",
      ]);
    });

    test("of two changes of a project, or of its environments, that began with the same one is refused", async () => {
      const { projects, environments, accounts } = tables;
      await accounts.insert({ id: "a", displayName: "a", createdAt: at });
      const { id, revision } = await projects.create({ name: "shop", accountId: "a", createdAt: at });
      const tries = [database, other].map((one, n) =>
        one.as("x").projects.rename(id, `${n}`, { ifRevision: revision }),
      );
      const ended = await Promise.allSettled(tries);
      expect(ended.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
      expect(ended.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "ProjectChanged" } });
      await environments.add({ projectId: id, name: "test" });
      await environments.remove({ projectId: id, name: "test" });
      expect((await projects.find(id))?.revision).toBe(4);
      await expect(projects.remove(id, { ifRevision: 2 })).rejects.toThrow(refused("ProjectChanged"));
      await projects.remove(id, { ifRevision: 4 });
    });
  });
});
