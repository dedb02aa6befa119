import { join } from "node:path";
import { openVault, rotateMaster } from "@stave/credential-vault";
import { beforeEach, describe, expect, test } from "vitest";
import { type ControlDatabase, type ControlTables, openControlDatabase } from "../src/index.ts";
import { databaseKinds, useDatabases } from "./test-databases.ts";

const refused = (code: string) => expect.objectContaining({ name: "ControlDatabaseError", code });
const createdAt = new Date("2030-01-01T00:00:00.000Z");
const later = (ms: number) => new Date(createdAt.getTime() + ms);
const ann = { email: "Ann@Example.com", name: "Ann", role: "admin", passwordHash: "hash of ann", createdAt } as const;
const bob = { ...ann, email: "bob@example.com", name: "Bob", passwordHash: "hash of bob" } as const;

describe.each(databaseKinds)("people in %s", (kind, isThere) => {
  describe.skipIf(!isThere)("", () => {
    const databases = useDatabases(kind);
    let folder = "";
    let database: ControlDatabase;
    let tables: ControlTables;

    beforeEach(async () => {
      const created = await databases.create();
      ({ folder } = created);
      database = await openControlDatabase({ at: created.at });
      tables = database.as("ann");
      return async () => {
        await database.close();
        await created.remove();
      };
    });

    test("keeps users, and writes down no hash of a password", async () => {
      const { users } = tables;
      const made = await users.insert(ann);
      const { passwordHash: _, ...shown } = ann;
      expect(made).toEqual({
        ...shown,
        id: expect.stringMatching(/^[\da-f]{16}$/),
        email: "ann@example.com",
        hasPassword: true,
        revision: 1,
      });
      expect(await users.find(made.id)).toEqual(made);
      expect(await users.credentialsOf("ANN@example.com")).toEqual({ user: made, passwordHash: "hash of ann" });
      expect(await users.credentialsOf("nobody@example.com")).toBeUndefined();
      await expect(users.insert({ ...bob, email: "ann@example.COM" })).rejects.toThrow(refused("UserExists"));

      const changed = await users.change(made.id, { name: "Anna", passwordHash: "new hash" }, { ifRevision: 1 });
      expect(changed).toEqual({ ...made, name: "Anna", revision: 2 });
      await expect(users.change(made.id, { name: "x" }, { ifRevision: 1 })).rejects.toThrow(refused("UserChanged"));
      await expect(users.change("nobody", { name: "x" })).rejects.toThrow(refused("UserNotFound"));
      expect([await users.rehash(made.id, "new hash", "again"), await users.rehash(made.id, "new hash", "x")]).toEqual([
        true,
        false,
      ]);
      expect(JSON.stringify(await database.audit.list())).not.toContain("hash");
    });

    test("of two first users one is the first", async () => {
      const tries = [ann, bob].map((user) => tables.users.insert(user, { onlyFirst: true }));
      const states = (await Promise.allSettled(tries)).map(({ status }) => status);
      expect(states.toSorted()).toEqual(["fulfilled", "rejected"]);
      expect(await tables.users.count()).toBe(1);
    });

    test("keeps one admin who can sign in, whatever happens at once", async () => {
      const { users } = tables;
      const one = await users.insert(ann);
      await expect(users.remove(one.id)).rejects.toThrow(refused("LastAdmin"));
      await expect(users.change(one.id, { role: "member" })).rejects.toThrow(refused("LastAdmin"));
      await expect(users.change(one.id, { disabledAt: createdAt })).rejects.toThrow(refused("LastAdmin"));

      const two = await users.insert(bob);
      const removals = await Promise.allSettled([users.remove(one.id), users.change(two.id, { role: "viewer" })]);
      expect(removals.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
      expect(await users.countAdmins()).toBe(1);
    });

    test.each([
      ["a new password", { passwordHash: "new" }],
      ["being disabled", { disabledAt: createdAt }],
    ] as const)("%s ends the sessions of a user", async (_, change) => {
      const { users, sessions } = tables;
      await users.insert(ann);
      const { id } = await users.insert(bob);
      const session = { userId: id, passwordHash: "hash of bob", createdAt, expiresAt: later(1000) };
      expect(await sessions.create({ ...session, idHash: "s1" })).toBe(true);
      expect(await sessions.find("s1", later(999))).toMatchObject({ user: { id }, expiresAt: later(1000) });

      await users.change(id, change);

      expect(await sessions.find("s1", later(999))).toBeUndefined();
      expect(await sessions.create({ ...session, idHash: "s2" })).toBe(false);
    });

    test("sessions end by themselves, by their users, and with their users", async () => {
      const { users, sessions, apiTokens } = tables;
      await users.insert(ann);
      const { id } = await users.insert(bob);
      const session = { userId: id, passwordHash: "hash of bob", createdAt, expiresAt: later(1000) };
      for (const idHash of ["s1", "s2", "s3"]) await sessions.create({ ...session, idHash });
      await sessions.extend("s1", later(5000));
      await apiTokens.insert({ tokenHash: "t1", name: "of bob", permissions: [], userId: id, createdAt });

      await sessions.remove("s2");
      expect(await sessions.find("s2", createdAt)).toBeUndefined();
      expect(await sessions.prune(later(1000))).toBe(1);
      expect(await sessions.find("s1", later(4999))).toBeDefined();
      expect(await sessions.find("s1", later(5000))).toBeUndefined();
      await users.remove(id);
      expect(await sessions.find("s1", createdAt)).toBeUndefined();
      expect(await apiTokens.findByHash("t1")).toBeUndefined();
    });

    test("one request at a time has an idempotency key, until its lease ends", async () => {
      const { idempotency } = database;
      const times = { at: createdAt, leaseUntil: later(100), expiresAt: later(1000) };
      const request = { keyHash: "k", requestHash: "r", ...times };
      const begin = (change: object) => idempotency.begin({ ...request, owner: "o", ...change });

      const states = await Promise.all(["a", "b", "c"].map((owner) => begin({ owner })));
      expect(states.map(({ state }) => state).toSorted()).toEqual(["begun", "running", "running"]);
      expect(await begin({ requestHash: "other" })).toEqual({ state: "other" });
      expect(await begin({ at: later(100), leaseUntil: later(200) })).toEqual({ state: "begun" });
      await idempotency.renew("k", "o", later(300));
      expect(await begin({ at: later(250) })).toEqual({ state: "running" });

      await idempotency.finish("k", "somebody else", "wrong");
      await idempotency.finish("k", "o", "sealed");
      expect(await begin({ at: later(999) })).toEqual({ state: "answered", envelope: "sealed" });
      expect(await begin({ at: later(1000), expiresAt: later(2000) })).toEqual({ state: "begun" });
      await idempotency.drop("k", "o");
      expect(await begin({})).toEqual({ state: "begun" });
      expect(await idempotency.prune(later(1000))).toBe(1);
    });

    test("kept answers are sealed again with a new master key", async () => {
      const { canary, idempotency } = database;
      const vault = await openVault({ keyFile: join(folder, "encryption_key"), canary });
      const times = { at: createdAt, leaseUntil: later(100), expiresAt: later(1000) };
      for (const keyHash of ["k1", "k2", "k3"]) {
        await idempotency.begin({ keyHash, requestHash: "r", owner: "o", ...times });
        if (keyHash === "k3") continue; // still running
        await idempotency.finish(keyHash, "o", await vault.seal(keyHash, idempotency.contextOf(keyHash)));
      }

      expect((await rotateMaster({ vault, canary, stores: [idempotency.sealed] })).resealed).toBe(2);

      const found = await idempotency.begin({ keyHash: "k2", requestHash: "r", owner: "o", ...times });
      expect(found.state).toBe("answered");
      if (found.state === "answered") expect(await vault.open(found.envelope, idempotency.contextOf("k2"))).toBe("k2");
    });

    test("finds audit entries by subject and time", async () => {
      const { audit } = database;
      for (const subject of ["a", "b", "a"]) await audit.add({ actor: "ann", action: "x", subject });
      const all = await audit.list();

      expect((await audit.list({ subject: "a" })).map(({ subject }) => subject)).toEqual(["a", "a"]);
      const since = all[2]?.at ?? createdAt;
      expect(await audit.list({ since })).toEqual(all);
      expect(await audit.list({ until: since })).toEqual([]);
      expect(await audit.list({ since: new Date(Date.now() + 60_000) })).toEqual([]);
    });
  });
});
