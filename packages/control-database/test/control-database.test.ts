import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  createAccessKeys,
  createSessionTokens,
  type IssuedSession,
  openVault,
  rotateMaster,
} from "@stave/credential-vault";
import { beforeEach, describe, expect, test } from "vitest";
import {
  type ControlDatabase,
  type ControlDatabaseOptions,
  type ControlTables,
  inspectSqlite,
  openControlDatabase,
  watchRevision,
} from "../src/index.ts";
import { databaseKinds, runPostgres, useDatabases } from "./test-databases.ts";

const refused = (code: string) => expect.objectContaining({ name: "ControlDatabaseError", code });
const createdAt = new Date("2030-01-01T00:00:00.123Z");
const ann = { id: "a".repeat(64), displayName: "Ann", email: "Ann@Example.com", createdAt };
const bob = { id: "b".repeat(64), displayName: "Bob \u{1f511}", createdAt };
const keyOf = (accessKeyId: string, ownerId = ann.id) => ({
  accessKeyId,
  ownerId,
  secretEnvelope: `sealed ${accessKeyId}`,
  description: "",
  createdAt,
});

describe.each(databaseKinds)("the control database in %s", (kind, isThere) => {
  describe.skipIf(!isThere)("", () => {
    const databases = useDatabases(kind);
    let folder = "";
    let at: ControlDatabaseOptions["at"];
    let database: ControlDatabase;
    let tables: ControlTables;

    beforeEach(async () => {
      const created = await databases.create();
      ({ at, folder } = created);
      database = await openControlDatabase({ at });
      tables = database.as("ann");
      return async () => {
        await database.close();
        await created.remove();
      };
    });

    test("an option is set by who knows what it was, and that is on record", async () => {
      expect(await tables.options.read("size")).toBeUndefined();
      expect(await tables.options.replace("size", undefined, "1")).toBe(true);
      expect(await tables.options.replace("size", undefined, "2")).toBe(false);
      expect(await tables.options.replace("size", "5", "2")).toBe(false);
      expect(await tables.options.replace("size", "1", "2")).toBe(true);
      expect(await tables.options.read("size")).toBe("2");
      const entries = await database.audit.list({ action: "option:change" });
      expect(entries.map(({ subject, details }) => [subject, details])).toEqual([
        ["size", { before: "1", after: "2" }],
        ["size", { after: "1" }],
      ]);
    });

    test("keeps accounts, by id and by e-mail address", async () => {
      await tables.accounts.insert(ann);
      await tables.accounts.insert(bob);

      const shown = { ...ann, email: "ann@example.com" };
      expect(await tables.accounts.find(ann.id)).toEqual(shown);
      expect(await tables.accounts.findByEmail("ANN@example.com")).toEqual(shown);
      expect(await tables.accounts.findByEmail("nobody@example.com")).toBeUndefined();
      expect(await tables.accounts.find("nobody")).toBeUndefined();
      expect(await tables.accounts.list({ limit: 10 })).toEqual([shown, bob]);
      expect(await tables.accounts.list({ after: ann.id, limit: 10 })).toEqual([bob]);
    });

    test("keeps projects and their buckets", async () => {
      const { accounts, projects } = tables;
      await accounts.insert(ann);
      const shop = await projects.create({ name: "shop", accountId: ann.id, createdAt });
      const blog = await projects.create({ name: "blog", accountId: ann.id, createdAt });
      expect(shop).toEqual({
        id: expect.stringMatching(/^[0-9a-f]{16}$/),
        name: "shop",
        revision: 1,
        accountId: ann.id,
        createdAt,
      });
      expect(await projects.list({ limit: 10 })).toEqual([blog, shop]);
      expect(await projects.list({ after: "blog", limit: 10 })).toEqual([shop]);
      expect(await projects.find("shop")).toEqual(shop);
      expect(await projects.find(shop.id)).toEqual(shop);

      const before = await database.revision();
      for (const bucket of ["shop-test", "shop-live", "shop-test"]) await projects.addBucket(shop.id, bucket);
      expect(await projects.bucketsOf(shop.id)).toEqual(["shop-live", "shop-test"]);
      expect(await database.revision()).toBeGreaterThan(before);
      await projects.removeBucket(shop.id, "shop-test");
      expect(await projects.bucketsOf(shop.id)).toEqual(["shop-live"]);

      await expect(accounts.remove(ann.id)).rejects.toThrow(refused("AccountInUse"));
      await projects.remove(shop.id);
      expect(await projects.bucketsOf(shop.id)).toEqual([]);
      expect(await projects.find("shop")).toBeUndefined();
    });

    describe("links", () => {
      const service = {
        name: "storage",
        slug: "storage",
        engine: "stave",
        status: "running",
        region: "us-east-1",
        parameters: {},
      } as const;
      const makeJob = (linkId: string) => ({ type: "link:create", data: { linkId } });
      const linkOf = (serviceId: number, projectId: string) => ({
        serviceId,
        projectId,
        environment: "production",
        prefix: "",
        endpoint: "public" as const,
        credentials: "own" as const,
      });
      const setUp = async () => {
        await tables.accounts.insert(ann);
        const shop = await tables.projects.create({ name: "shop", accountId: ann.id, createdAt, title: "The Shop" });
        const { id: serviceId } = await tables.services.insert(service);
        return { shop, serviceId };
      };

      test("hold projects, environments and services in place", async () => {
        const { shop, serviceId } = await setUp();
        const { environments, links, projects, services } = tables;
        await environments.add({ projectId: shop.id, name: "staging" });
        expect(await environments.list([shop.id])).toEqual(new Map([[shop.id, ["production", "staging"]]]));
        await expect(environments.add({ projectId: shop.id, name: "staging" })).rejects.toThrow(
          refused("EnvironmentExists"),
        );
        const { link, job } = await links.create(linkOf(serviceId, shop.id), makeJob);
        expect(job).toMatchObject({ subject: `link:${link.id}`, data: { linkId: link.id }, state: "waiting" });

        await expect(services.remove(serviceId)).rejects.toThrow(refused("ServiceInUse"));
        await expect(projects.remove(shop.id)).rejects.toThrow(refused("ProjectInUse"));
        const production = { projectId: shop.id, name: "production" };
        await expect(environments.remove(production)).rejects.toThrow(refused("EnvironmentInUse"));
        await expect(links.beginRemoval(link.id, makeJob)).rejects.toThrow(refused("SubjectBusy"));
        expect((await links.find(link.id))?.status).toBe("creating");

        await links.remove(link.id);
        await environments.remove(production);
        await services.remove(serviceId);
        await projects.remove(shop.id);
        expect(await environments.list([shop.id])).toEqual(new Map());
      });

      test("are refused for what is not there or not running, twice, and with variables of another", async () => {
        const { shop, serviceId } = await setUp();
        const { links, services } = tables;
        const link = linkOf(serviceId, shop.id);
        await expect(links.create({ ...link, serviceId: 99 }, makeJob)).rejects.toThrow(refused("ServiceNotFound"));
        await expect(links.create({ ...link, environment: "x" }, makeJob)).rejects.toThrow(
          refused("EnvironmentNotFound"),
        );
        const made = await links.create(link, makeJob);
        await expect(links.create(link, makeJob)).rejects.toThrow(refused("LinkExists"));
        const second = await services.insert({ ...service, name: "second", slug: "second" });
        await expect(links.create({ ...link, serviceId: second.id }, makeJob)).rejects.toThrow(refused("PrefixTaken"));
        const other = await links.create({ ...link, serviceId: second.id, prefix: "B" }, makeJob);
        await expect(links.change(other.link.id, { prefix: "" })).rejects.toThrow(refused("PrefixTaken"));
        await services.change(second.id, { status: "stopped" });
        const stopped = { ...link, environment: "production", serviceId: second.id, prefix: "C" };
        await expect(links.create(stopped, makeJob)).rejects.toThrow(refused("ServiceNotRunning"));
        expect(await links.list({ projectId: shop.id, limit: 10 })).toHaveLength(2);
        expect(await links.list({ serviceId, limit: 10 })).toEqual([made.link]);
        expect(await links.findOf(link)).toEqual(made.link);
      });

      test("and the deletion of their service exclude each other, however they meet", async () => {
        const { shop, serviceId } = await setUp();
        const { links, services } = tables;
        const link = linkOf(serviceId, shop.id);
        const [linked, deleted] = await Promise.allSettled([
          links.create(link, makeJob),
          services.change(serviceId, { status: "deleting" }).then(() => services.remove(serviceId)),
        ]);
        expect([linked.status, deleted.status].toSorted()).toEqual(["fulfilled", "rejected"]);
        const isThere = (await services.find(serviceId)) !== undefined;
        expect(await links.list({ limit: 10 })).toHaveLength(isThere ? 1 : 0);
      });

      test("keep their keys, and change them only when they are what was expected", async () => {
        const { shop, serviceId } = await setUp();
        const { links } = tables;
        const { link } = await links.create(linkOf(serviceId, shop.id), makeJob);
        await links.addKey(link.id, "AKIA1");
        await links.addKey(link.id, "AKIA2");
        expect((await links.keysOf(link.id)).toSorted()).toEqual(["AKIA1", "AKIA2"]);
        const key = { accessKeyId: "AKIA1", keySince: createdAt, keyRevision: "r" };
        const active = await links.change(link.id, { status: "active", bucket: "b", ...key });
        expect(active).toMatchObject({ status: "active", bucket: "b", ...key });
        const change = { accessKeyId: "AKIA2", previousKeyId: "AKIA1", previousUntil: createdAt };
        expect(await links.change(link.id, change, { ifAccessKeyId: "AKIA9" })).toBeUndefined();
        expect(await links.change(link.id, change, { ifAccessKeyId: "AKIA1" })).toMatchObject(change);
        const forgotten = await links.change(link.id, { previousKeyId: null, previousUntil: null });
        expect(forgotten).not.toHaveProperty("previousKeyId");
        expect(await links.change("nothing", {})).toBeUndefined();
      });

      test("reserve buckets, which stay theirs, and which scopes of the project open", async () => {
        const { shop, serviceId } = await setUp();
        const { buckets } = tables.links;
        const blog = await tables.projects.create({ name: "blog", accountId: ann.id, createdAt });
        const of = { serviceId, bucket: "shop-production" };
        const shopOwns = { ...of, projectId: shop.id, environment: "production" };
        expect(await buckets.reserve(shopOwns)).toBe(true);
        expect(await buckets.reserve(shopOwns)).toBe(true);
        expect(await buckets.reserve({ ...shopOwns, projectId: blog.id })).toBe(false);
        expect(await buckets.find(of)).toEqual({ ...shopOwns, isMade: false });
        await buckets.noteMade(of, { isOfProject: true });
        await buckets.noteMade(of, { isOfProject: true });
        expect(await buckets.find(of)).toEqual({ ...shopOwns, isMade: true });
        expect(await tables.projects.bucketsOf(shop.id)).toEqual([of.bucket]);
        await buckets.forget(of);
        expect(await buckets.find(of)).toBeUndefined();
        expect(await tables.projects.bucketsOf(shop.id)).toEqual([]);
      });

      test("have sinks, whose secrets are sealed again with the others", async () => {
        const { shop, serviceId } = await setUp();
        const { links, linkSinks } = tables;
        const { link } = await links.create(linkOf(serviceId, shop.id), makeJob);
        const file = { linkId: link.id, kind: "dotenv", settings: { path: "a.env" } } as const;
        const { canary } = database;
        const vault = await openVault({ keyFile: join(folder, "encryption_key"), canary });
        const hook = await linkSinks.insert(
          { ...file, kind: "webhook" },
          { seal: (id) => vault.seal("whsec", linkSinks.contextOf(id)) },
        );
        for (let n = 1; n < 20; n += 1) await linkSinks.insert(file);
        await expect(linkSinks.insert(file)).rejects.toThrow(refused("SinksFull"));
        await expect(linkSinks.insert({ ...file, linkId: "nothing" })).rejects.toThrow(refused("LinkNotFound"));

        await linkSinks.noteFailed(hook.id, "x".repeat(5000));
        expect((await linkSinks.find(hook.id))?.error).toHaveLength(1000);
        await linkSinks.noteRendered(hook.id, "r1");
        expect(await linkSinks.find(hook.id)).toMatchObject({ renderedRevision: "r1", renderedAt: expect.any(Date) });
        expect(await linkSinks.find(hook.id)).not.toHaveProperty("error");

        const { resealed } = await rotateMaster({ vault, canary, stores: [linkSinks.sealed] });
        expect(resealed).toBe(1);
        const { secretEnvelope = "" } = (await linkSinks.find(hook.id)) ?? {};
        expect(secretEnvelope).not.toBe(hook.secretEnvelope);
        expect(await vault.open(secretEnvelope, linkSinks.contextOf(hook.id))).toBe("whsec");
        expect(JSON.stringify(await database.audit.list())).not.toContain(hook.secretEnvelope);

        await linkSinks.remove(hook.id);
        expect(await linkSinks.list([link.id])).toHaveLength(19);
        await links.remove(link.id);
        expect(await linkSinks.list([link.id])).toEqual([]);
      });
    });

    test("refuses projects whose name is taken, and what is about none", async () => {
      const { accounts, projects } = tables;
      await accounts.insert(ann);
      await projects.create({ name: "shop", accountId: ann.id, createdAt });
      const again = { name: "shop", accountId: ann.id, createdAt };
      await expect(projects.create(again)).rejects.toThrow(refused("ProjectExists"));
      await expect(projects.create({ ...again, name: "x", accountId: "nobody" })).rejects.toThrow(
        refused("AccountNotFound"),
      );
      await expect(projects.addBucket("nothing", "b")).rejects.toThrow(refused("ProjectNotFound"));
      await expect(projects.remove("nothing")).rejects.toThrow(refused("ProjectNotFound"));
    });

    test("keeps secrets by name, the first of a name, and seals them again with the master key", async () => {
      const { secrets } = tables;
      const { canary } = database;
      const vault = await openVault({ keyFile: join(folder, "encryption_key"), canary });
      const seal = (name: string) => vault.seal(`value of ${name}`, secrets.contextOf(name));
      expect(await secrets.insert("object-key/1", await seal("object-key/1"))).toBe(true);
      expect(await secrets.insert("object-key/1", "another")).toBe(false);
      expect(await secrets.insert("token-key/1", await seal("token-key/1"))).toBe(true);

      expect((await rotateMaster({ vault, canary, stores: [secrets.sealed] })).resealed).toBe(2);

      const [kept, ...others] = await secrets.list("object-key/");
      expect([kept?.name, others]).toEqual(["object-key/1", []]);
      expect(await vault.open(kept?.envelope ?? "", secrets.contextOf("object-key/1"))).toBe("value of object-key/1");
      await secrets.remove("object-key/1");
      expect(await secrets.list("")).toHaveLength(1);
    });

    test("keeps the container of a service as long as the service, its spec sealed", async () => {
      const { containers, services } = tables;
      const { canary } = database;
      const vault = await openVault({ keyFile: join(folder, "encryption_key"), canary });
      const service = {
        name: "Photos",
        slug: "photos",
        engine: "rustfs",
        status: "creating",
        region: "us-east-1",
      } as const;
      const parts = { containerName: "rustfs-photos", volume: "rustfs_photos_data", network: "stave-photos" };
      const { id } = await services.insert(
        { ...service, parameters: {}, networkEndpoint: "http://rustfs-photos:9000" },
        {
          container: async (serviceId) => ({
            ...parts,
            isAdopted: false,
            isVolumeAdopted: false,
            image: "rustfs/rustfs:1",
            publish: "loopback",
            specEnvelope: await vault.seal("a spec", containers.contextOf(serviceId)),
          }),
        },
      );

      expect((await services.find(id))?.networkEndpoint).toBe("http://rustfs-photos:9000");
      expect(await containers.find(id)).toMatchObject({
        serviceId: id,
        role: "standalone",
        ...parts,
        isAdopted: false,
      });
      await containers.change(id, { containerId: "c".repeat(64), apiPort: 9000, imageDigest: "sha256:1" });
      expect(await containers.findByContainerId("c".repeat(64))).toMatchObject({ serviceId: id, apiPort: 9000 });
      await containers.change(id, { containerId: null, imageDigest: null, isVolumeAdopted: true });
      const [row] = await containers.list([id]);
      expect(row).toMatchObject({ apiPort: 9000, isVolumeAdopted: true });
      expect(row).not.toHaveProperty("containerId");
      expect(row).not.toHaveProperty("imageDigest");
      expect(await containers.list([])).toEqual([]);

      expect((await rotateMaster({ vault, canary, stores: [containers.sealed] })).resealed).toBe(1);
      const { specEnvelope = "" } = (await containers.find(id)) ?? {};
      expect(await vault.open(specEnvelope, containers.contextOf(id))).toBe("a spec");
      const audited = JSON.stringify(await database.audit.list());
      expect(audited).toContain("container:change");
      expect(audited).not.toContain(specEnvelope);

      await services.remove(id);
      expect(await containers.find(id)).toBeUndefined();
      await expect(containers.change(id, { apiPort: 1 })).rejects.toThrow(refused("ServiceNotFound"));
    });

    test("keeps tokens by their hashes, and who made and revoked them", async () => {
      const { apiTokens } = tables;
      const made = await apiTokens.insert({ tokenHash: "h1", name: "ci", permissions: ["storage:read"], createdAt });
      const expiring = { tokenHash: "h2", name: "old", permissions: [], createdAt, expiresAt: createdAt };
      await apiTokens.insert(expiring);

      expect(made).toEqual({
        id: expect.stringMatching(/^[0-9a-f]{16}$/),
        name: "ci",
        permissions: ["storage:read"],
        createdAt,
      });
      expect(await apiTokens.findByHash("h1")).toEqual(made);
      expect(await apiTokens.findByHash("h3")).toBeUndefined();
      expect(await apiTokens.list({})).toHaveLength(2);
      expect(await apiTokens.list({ userId: "nobody" })).toEqual([]);
      expect(await apiTokens.count()).toBe(2);
      await apiTokens.noteUsed(made.id, createdAt);
      expect([await apiTokens.revoke(made.id, createdAt), await apiTokens.revoke(made.id, createdAt)]).toEqual([
        true,
        false,
      ]);
      expect(await apiTokens.findByHash("h1")).toEqual({ ...made, lastUsedAt: createdAt, revokedAt: createdAt });
      expect((await database.audit.list()).map(({ action }) => action)).toEqual([
        "api-token:revoke",
        "api-token:create",
        "api-token:create",
      ]);
    });

    test("gives each job to one process at a time, and again to another when that one is gone", async () => {
      let clock = createdAt;
      const pass = (ms: number) => {
        clock = new Date(createdAt.getTime() + ms);
      };
      const other = await openControlDatabase({ at, now: () => clock });
      const { jobs } = other.as("ann");
      const made = await jobs.create({ type: "service:create", subject: "service:1", data: { name: "x" } });
      expect(made).toMatchObject({ state: "waiting", actor: "ann", attempts: 0, data: { name: "x" } });
      await expect(jobs.create({ type: "y", subject: "service:1", data: {} })).rejects.toThrow(refused("SubjectBusy"));
      const queued = await jobs.create({ type: "y", subject: "service:1", data: {} }, { mayQueue: true });
      const later = await jobs.create({
        type: "z",
        subject: "service:2",
        data: {},
        runAt: new Date(clock.getTime() + 60_000),
      });

      const claims = await Promise.all(["a", "b", "c"].map((owner) => jobs.claim(owner, 1000)));
      expect(claims.filter((job) => job !== undefined)).toEqual([{ ...made, state: "running", attempts: 1 }]);
      const owner = ["a", "b", "c"][claims.findIndex((job) => job !== undefined)] ?? "";
      expect(await jobs.save(made.id, "somebody", { step: "one" })).toBe(false);
      expect(await jobs.save(made.id, owner, { step: "one", data: { name: "x", bucket: "b" } })).toBe(true);

      pass(900);
      expect(await jobs.renew(made.id, owner, 1000)).toBe(true);
      pass(1500);
      expect(await jobs.claim("d", 1000)).toBeUndefined();
      pass(1900);
      expect(await jobs.claim("d", 1000)).toMatchObject({
        id: made.id,
        step: "one",
        data: { bucket: "b" },
        attempts: 2,
      });
      expect(await jobs.save(made.id, owner, { step: "two" })).toBe(false);
      expect(await jobs.release(made.id, "d", { state: "completed", result: { id: 1 } })).toBe(true);
      expect(await jobs.find(made.id)).toMatchObject({ state: "completed", result: { id: 1 }, finishedAt: clock });

      expect(await jobs.cancel(later.id)).toBe(true);
      expect(await jobs.claim("e", 1000)).toMatchObject({ id: queued.id });
      expect(await jobs.cancel(queued.id)).toBe(false);
      pass(100_000);
      expect((await jobs.list({ limit: 10 })).map(({ id }) => id)).toEqual(
        [later.id, queued.id, made.id].toSorted().reverse(),
      );
      expect((await jobs.list({ limit: 10, state: "completed" })).map(({ id }) => id)).toEqual([made.id]);
      expect(await jobs.prune(clock)).toBe(2);
      await other.close();
    });

    test("keeps services, and gives no id twice", async () => {
      const { services } = tables;
      const plain = { engine: "stave", status: "pending", region: "us-east-1", parameters: { tier: 10 } } as const;
      const made = await services.insert({ ...plain, name: "My storage", slug: "my-storage" });
      expect(made).toMatchObject({ ...plain, id: 1, name: "My storage", slug: "my-storage", revision: 1 });
      await expect(services.insert({ ...plain, name: "My storage", slug: "x" })).rejects.toThrow(
        refused("ServiceExists"),
      );
      await expect(services.insert({ ...plain, name: "My-storage", slug: "my-storage" })).rejects.toThrow(
        refused("ServiceExists"),
      );

      const changed = await services.change(1, { status: "failed", statusReason: "no disk", secretEnvelope: "sealed" });
      expect(changed).toMatchObject({
        status: "failed",
        statusReason: "no disk",
        revision: 2,
        secretEnvelope: "sealed",
      });
      expect(await services.change(1, { statusReason: null, status: "running" })).not.toHaveProperty("statusReason");
      await expect(services.change(1, { status: "stopped" }, { ifRevision: 1 })).rejects.toThrow(
        refused("ServiceChanged"),
      );
      await expect(services.change(7, { status: "stopped" })).rejects.toThrow(refused("ServiceNotFound"));
      expect((await services.findBySlug("my-storage"))?.status).toBe("running");

      await services.remove(1);
      await expect(services.remove(1)).rejects.toThrow(refused("ServiceNotFound"));
      expect((await services.insert({ ...plain, name: "again", slug: "again" })).id).toBe(2);
      expect((await services.list({ limit: 10 })).map(({ id }) => id)).toEqual([2]);
      expect(JSON.stringify(await database.audit.list())).not.toContain("sealed");
    });

    test("makes a service with its secret and its job, or none of them", async () => {
      const { services, jobs } = tables;
      const plain = { engine: "external", status: "creating", region: "us-east-1", parameters: {} } as const;
      const job = (id: number) => ({ type: "service:create", data: { id } });
      const seal = async (id: number) => `sealed ${id}`;

      const made = await services.insert({ ...plain, name: "one", slug: "one", accessKeyId: "AKIA1" }, { job, seal });
      expect(made).toMatchObject({ accessKeyId: "AKIA1", secretEnvelope: "sealed 1", job: { subject: "service:1" } });
      expect(await jobs.find(made.job?.id ?? "")).toMatchObject({
        type: "service:create",
        data: { id: 1 },
        actor: "ann",
      });

      const fails = () => Promise.reject(new Error("no key"));
      await expect(services.insert({ ...plain, name: "two", slug: "two" }, { job, seal: fails })).rejects.toThrow(
        "no key",
      );
      expect(await services.findBySlug("two")).toBeUndefined();
      expect(await jobs.list({ limit: 10 })).toHaveLength(1);
      await services.insert({ ...plain, name: "three", slug: "three" });
      expect((await services.list({ limit: 1, offset: 1 })).map(({ slug }) => slug)).toEqual(["three"]);
    });

    test("gives and takes the rules of an account with a change of its service, and tells the gateway", async () => {
      const { services, accounts } = tables;
      await accounts.insert({ ...bob, quotaBytes: 5_000_000_000_000 });
      expect(await accounts.find(bob.id)).toMatchObject({ quotaBytes: 5_000_000_000_000 });
      const plain = { engine: "stave", status: "running", region: "us-east-1", parameters: {} } as const;
      const { id } = await services.insert({ ...plain, name: "one", slug: "one" });
      await services.change(id, { accountId: bob.id });
      const revision = await database.revision();

      await services.change(id, { status: "stopped" }, { account: { isSuspended: true } });
      const suspended = await accounts.find(bob.id);
      expect(suspended?.suspendedAt).toBeInstanceOf(Date);
      expect(await database.revision()).toBeGreaterThan(revision);
      await services.change(id, {}, { account: { isSuspended: true } });
      expect(await accounts.find(bob.id)).toEqual(suspended);
      const refusal = services.change(id, {}, { ifRevision: 1, account: { isSuspended: false } });
      await expect(refusal).rejects.toThrow(refused("ServiceChanged"));
      expect(await accounts.find(bob.id)).toEqual(suspended);

      await services.change(id, { status: "running" }, { account: { isSuspended: false, quotaBytes: null } });
      expect(await accounts.find(bob.id)).toEqual({ ...bob, createdAt });
    });

    test("gives the check of a service to one process at a time, and keeps what was found", async () => {
      let clock = new Date("2030-01-01T00:00:00.000Z");
      const pass = (ms: number) => {
        clock = new Date(clock.getTime() + ms);
        return clock;
      };
      const other = await openControlDatabase({ at, now: () => clock });
      const { services, serviceHealth } = other.as("monitor");
      const plain = { engine: "external", region: "us-east-1", parameters: {} } as const;
      for (const [at, status] of (["running", "running", "stopped", "creating"] as const).entries()) {
        await services.insert({ ...plain, status, name: `s${at + 1}`, slug: `s${at + 1}` });
      }
      const claim = () => serviceHealth.claim({ limit: 2, againInMs: 30_000 });

      const claims = await Promise.all([claim(), claim()]);
      expect(new Set(claims.flat()).size).toBe(claims.flat().length);
      expect([...claims.flat(), ...(await claim()), ...(await claim())].toSorted()).toEqual([1, 2, 3]);
      expect(await claim()).toEqual([]);
      expect((await serviceHealth.find([1])).size).toBe(0);
      pass(30_000);
      expect(await claim()).toHaveLength(2);

      const options = { alertAfter: 2, isProbe: true };
      await serviceHealth.note(1, { at: pass(1), status: "operational", latencyMs: 5 }, options);
      const since = clock;
      await serviceHealth.note(1, { at: pass(1), status: "operational", latencyMs: 6 }, options);
      for (let failure = 1; failure <= 3; failure += 1) {
        await serviceHealth.note(1, { at: pass(1), status: "down", reason: "refused" }, options);
      }
      expect((await serviceHealth.find([1, 2])).get(1)).toMatchObject({
        status: "down",
        reason: "refused",
        failures: 3,
        since: new Date(since.getTime() + 2),
        alertedAt: new Date(since.getTime() + 3),
      });
      await serviceHealth.note(1, { at: pass(1), status: "degraded", latencyMs: 3000 }, options);
      expect((await serviceHealth.find([1])).get(1)).not.toHaveProperty("alertedAt");
      await serviceHealth.note(3, { at: pass(1), status: "down", reason: "stopped" }, { ...options, isProbe: false });
      expect((await serviceHealth.find([3])).get(3)).toMatchObject({ status: "down", failures: 0 });
      expect(await serviceHealth.checks(3, 10)).toEqual([]);

      expect((await serviceHealth.checks(1, 2)).map(({ status }) => status)).toEqual(["degraded", "down"]);
      expect(await serviceHealth.uptime([1, 2], since)).toEqual(new Map([[1, 50]]));
      expect((await other.audit.list()).map(({ action }) => action).slice(0, 2)).toEqual([
        "service:recovery",
        "service:alert",
      ]);
      expect(await serviceHealth.prune(new Date(since.getTime() + 2))).toBe(2);
      await services.remove(1);
      expect(await serviceHealth.checks(1, 10)).toEqual([]);
      await serviceHealth.note(1, { at: clock, status: "down" }, options);
      expect((await serviceHealth.find([1])).size).toBe(0);
      await other.close();
    });

    test("tells of jobs and services in the order in which things happened, and keeps the newest", async () => {
      const { events } = database;
      expect(await events.range()).toEqual({ first: 1, last: 0 });
      const plain = { engine: "stave", status: "creating", region: "us-east-1", parameters: {} } as const;
      const job = () => ({ type: "t", data: { secret: "sealed" } });
      const { id } = await tables.services.insert({ ...plain, name: "one", slug: "one" }, { job });
      await tables.jobs.claim("a", 1000);
      await tables.services.change(id, { status: "running" });
      await tables.services.change(id, { version: "1" });
      await Promise.all(
        Array.from({ length: 5 }, (_, at) => tables.jobs.create({ type: "t", subject: `s${at}`, data: {} })),
      );
      await expect(tables.jobs.create({ type: "t", subject: "s1", data: {} })).rejects.toThrow(refused("SubjectBusy"));
      await tables.services.remove(id);

      const all = await events.list({ after: 0, limit: 100 });
      expect(all.map((event) => event.id)).toEqual(Array.from({ length: 10 }, (_, at) => at + 1));
      expect(all.map(({ type, data }) => `${type} ${data.state ?? data.status ?? "removed"}`)).toEqual([
        "service creating",
        "job waiting",
        "job running",
        "service running",
        ...Array.from({ length: 5 }, () => "job waiting"),
        "service removed",
      ]);
      expect(JSON.stringify(all)).not.toContain("sealed");
      expect((await events.list({ after: 3, limit: 2 })).map((event) => event.id)).toEqual([4, 5]);
      expect(await events.prune(4)).toBe(6);
      expect(await events.range()).toEqual({ first: 7, last: 10 });
    });

    test("refuses an account that is there, and removes none that is in use", async () => {
      await tables.accounts.insert(ann);
      await expect(tables.accounts.insert(ann)).rejects.toThrow(refused("AccountExists"));
      await expect(tables.accounts.insert({ ...bob, email: "ann@EXAMPLE.com" })).rejects.toThrow(
        refused("AccountExists"),
      );
      await tables.accessKeys.insert(keyOf("AKIA1"));

      await expect(tables.accounts.remove(ann.id)).rejects.toThrow(refused("AccountInUse"));
      await tables.accessKeys.change("AKIA1", { revokedAt: createdAt });
      await tables.accounts.remove(ann.id);

      expect(await tables.accounts.list({ limit: 10 })).toEqual([]);
      expect(await tables.accessKeys.find("AKIA1")).toBeUndefined();
      await expect(tables.accounts.remove(ann.id)).rejects.toThrow(refused("AccountNotFound"));
    });

    test("keeps access keys as they were given", async () => {
      await tables.accounts.insert(ann);
      await tables.accounts.insert(bob);
      const key = {
        ...keyOf("AKIA2"),
        description: 'it\'s "quoted"; drop table access_key; --',
        scope: { buckets: ["a"], nested: { n: 1 } },
        expiresAt: new Date("2031-01-01T00:00:00.001Z"),
        replacedBy: "AKIA3",
      };
      await tables.accessKeys.insert(key);
      await tables.accessKeys.insert(keyOf("AKIA1"));
      await tables.accessKeys.insert(keyOf("AKIA3", bob.id));

      expect(await tables.accessKeys.find("AKIA2")).toEqual(key);
      expect(await tables.accessKeys.find("akia2")).toBeUndefined();
      expect(await tables.accessKeys.list({ ownerId: ann.id, limit: 10 })).toEqual([keyOf("AKIA1"), key]);
      expect(await tables.accessKeys.list({ after: "AKIA1", limit: 1 })).toEqual([key]);
      await expect(tables.accessKeys.insert(keyOf("AKIA1"))).rejects.toThrow();
      await expect(tables.accessKeys.insert(keyOf("AKIA4", "nobody"))).rejects.toThrow();
    });

    test("has room for 50 usable keys of a project and 1,000 of an account, also when many are made at once", async () => {
      await tables.accounts.insert(ann);
      await tables.accounts.insert(bob);
      const other = await openControlDatabase({ at });
      const insert = (n: number, more: object = {}) =>
        (n % 2 === 0 ? tables : other.as("bob")).accessKeys.insert({ ...keyOf(`AKIA${n}`), ...more });
      const make = async (from: number, count: number, more: object = {}) => {
        const made = await Promise.allSettled(Array.from({ length: count }, (_, n) => insert(from + n, more)));
        const refusals = made.filter((outcome) => outcome.status === "rejected");
        for (const { reason } of refusals) expect(reason).toEqual(refused("TooManyKeys"));
        return made.length - refusals.length;
      };
      const ofShop = { scope: { access: "full", on: { project: "shop" } } };

      expect(await make(0, 60, ofShop)).toBe(50);
      const [one, two] = await tables.accessKeys.list({ limit: 2 }); // which of the 60 came first is chance
      await tables.accessKeys.change(one?.accessKeyId ?? "", { revokedAt: createdAt });
      await tables.accessKeys.change(two?.accessKeyId ?? "", { expiresAt: createdAt });
      expect(await make(200, 3, ofShop)).toBe(2);
      expect(await make(250, 1, { scope: { access: "full", on: { project: "blog" } } })).toBe(1);
      // No more at once than wait for a connection in time, also on a slow machine.
      for (let from = 300; from < 1200; from += 100) expect(await make(from, 100)).toBe(100);
      expect(await make(1200, 60)).toBe(49);
      expect(await make(2000, 1, { ownerId: bob.id })).toBe(1);
      await other.close();
    }, 60_000);

    test("changes access keys until they are revoked", async () => {
      await tables.accounts.insert(ann);
      await tables.accessKeys.insert(keyOf("AKIA1"));
      const expiresAt = new Date("2031-01-01T00:00:00.000Z");

      expect(await tables.accessKeys.change("AKIA1", { expiresAt, replacedBy: "AKIA2" })).toBe(true);
      expect(await tables.accessKeys.change("AKIA1", { revokedAt: createdAt })).toBe(true);
      expect(await tables.accessKeys.change("AKIA1", { expiresAt: createdAt })).toBe(false);
      expect(await tables.accessKeys.change("AKIA9", { expiresAt })).toBe(false);
      await tables.accessKeys.noteUsed(
        new Map([
          ["AKIA1", createdAt],
          ["AKIA9", createdAt],
        ]),
      );

      const changed = {
        ...keyOf("AKIA1"),
        expiresAt,
        replacedBy: "AKIA2",
        revokedAt: createdAt,
        lastUsedAt: createdAt,
      };
      expect(await tables.accessKeys.find("AKIA1")).toEqual(changed);
    });

    test("seals a secret again only when nobody else did", async () => {
      await tables.accounts.insert(ann);
      await tables.accessKeys.insert(keyOf("AKIA1"));

      expect(await tables.accessKeys.reseal("AKIA1", "sealed AKIA1", "new")).toBe(true);
      expect(await tables.accessKeys.reseal("AKIA1", "sealed AKIA1", "newer")).toBe(false);
      expect((await tables.accessKeys.find("AKIA1"))?.secretEnvelope).toBe("new");
    });

    test("keeps the first canary", async () => {
      expect(await database.canary.read()).toBeUndefined();
      await database.canary.insert("one");
      await database.canary.insert("two");
      expect(await database.canary.read()).toBe("one");
      expect(await database.canary.replace("two", "three")).toBe(false);
      expect(await database.canary.replace("one", "three")).toBe(true);
      expect(await database.canary.read()).toBe("three");
    });

    test("raises its revision for what decides requests, and for nothing else", async () => {
      const seen = [await database.revision()];
      const expectRaised = async (isRaised: boolean) => {
        seen.push(await database.revision());
        expect((seen.at(-1) ?? 0) > (seen.at(-2) ?? 0)).toBe(isRaised);
      };
      await tables.accounts.insert(ann);
      await expectRaised(true);
      await tables.accessKeys.insert(keyOf("AKIA1"));
      await expectRaised(true);
      await tables.accessKeys.noteUsed(new Map([["AKIA1", createdAt]]));
      await database.audit.add({ actor: "ann", action: "x", subject: "y" });
      await tables.accessKeys.reseal("AKIA1", "sealed AKIA1", "new");
      await expectRaised(false);
      await tables.accessKeys.change("AKIA1", { revokedAt: createdAt });
      await expectRaised(true);
      await tables.accounts.insert(ann).catch(() => {});
      await tables.accessKeys.change("AKIA1", { expiresAt: createdAt });
      await expectRaised(false);
    });

    test("shows what another process has written", async () => {
      const other = await openControlDatabase({ at });
      await Promise.all([tables.accounts.insert(ann), other.as("bob").accounts.insert(bob)]);
      await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          (n % 2 === 0 ? tables : other.as("bob")).accessKeys.insert(keyOf(`AKIA${n}`)),
        ),
      );

      expect(await other.as("bob").accessKeys.list({ limit: 100 })).toHaveLength(20);
      expect(await database.revision()).toBe(22);
      await other.close();
    });

    test("is created once by many that open it at once", async () => {
      const { at: fresh, remove } = await databases.create();

      const opened = await Promise.all(Array.from({ length: 4 }, () => openControlDatabase({ at: fresh })));

      await opened[0]?.as("ann").accounts.insert(ann);
      for (const one of opened) expect(await one.as("ann").accounts.list({ limit: 10 })).toHaveLength(1);
      await Promise.all(opened.map((one) => one.close()));
      await remove();
    });

    test("is the same when it is opened again", async () => {
      await tables.accounts.insert(ann);
      await database.close();
      database = await openControlDatabase({ at });

      expect(await database.as("ann").accounts.list({ limit: 10 })).toHaveLength(1);
    });

    test("lists the audit log from its end, and lets nobody change it", async () => {
      let clock = createdAt;
      const logging = await openControlDatabase({ at, now: () => clock });
      for (const subject of ["one", "two", "three"]) {
        clock = new Date(clock.getTime() + 1);
        await logging.audit.add({ actor: "ann", action: "access-key:issue", subject, details: { n: subject.length } });
      }
      await logging.audit.add({ actor: "bob", action: "secret:reveal", subject: "x".repeat(5000) });

      const listed = await logging.audit.list({ actor: "ann", limit: 2 });
      expect(listed.map(({ subject, details }) => [subject, details])).toEqual([
        ["three", { n: 5 }],
        ["two", { n: 3 }],
      ]);
      const rest = await logging.audit.list({ actor: "ann", before: listed[1]?.id ?? "" });
      expect(rest.map(({ subject, at: when }) => [subject, when])).toEqual([
        ["one", new Date(createdAt.getTime() + 1)],
      ]);
      const since = new Date(createdAt.getTime() + 2);
      expect((await logging.audit.list({ actor: "ann", since })).map(({ subject }) => subject)).toEqual([
        "three",
        "two",
      ]);
      expect((await logging.audit.list({ action: "secret:reveal" }))[0]?.subject).toHaveLength(2048);

      for (const change of ["update audit set actor = 'eve'", "delete from audit"]) {
        await expect(runStatement(at, change)).rejects.toThrow("append-only");
      }
      expect(await logging.audit.list()).toHaveLength(4);
      await logging.close();
    });

    test("writes down who changed what, in the same transaction", async () => {
      const { accounts, accessKeys, projects, secrets } = tables;
      await accounts.insert(ann);
      await accounts.change({ id: ann.id, displayName: "Anna" });
      await accessKeys.insert({ ...keyOf("AKIA1"), scope: { access: "read-only" } });
      await accessKeys.change("AKIA1", { replacedBy: "AKIA2", expiresAt: createdAt });
      await accessKeys.change("AKIA1", { revokedAt: createdAt });
      const { id } = await database.as("bob").projects.create({ name: "shop", accountId: ann.id, createdAt });
      await projects.addBucket(id, "b");
      await projects.removeBucket(id, "b");
      await projects.remove(id);
      await secrets.insert("s", "sealed");
      await secrets.remove("s");
      await accounts.remove(ann.id);
      await accounts.remove(ann.id).catch(() => {});

      const listed = (await database.audit.list()).toReversed();
      expect(listed.map(({ action }) => action)).toEqual([
        "account:create",
        "account:change",
        "access-key:create",
        "access-key:rotate",
        "access-key:revoke",
        "project:create",
        "project:add-bucket",
        "project:remove-bucket",
        "project:remove",
        "secret:create",
        "secret:remove",
        "account:remove",
      ]);
      expect(listed.filter(({ actor }) => actor !== "ann").map(({ action }) => action)).toEqual(["project:create"]);
      expect(listed[2]).toMatchObject({ subject: "AKIA1", details: { scope: { access: "read-only" } } });
      expect(JSON.stringify(listed)).not.toContain("sealed");
    });

    test("changes nothing that cannot be written down", async () => {
      await tables.accounts.insert(ann);
      await runStatement(at, "drop table audit");

      await expect(tables.accessKeys.insert(keyOf("AKIA1"))).rejects.toThrow();
      await expect(tables.accounts.change({ id: ann.id, displayName: "Eve" })).rejects.toThrow();

      expect(await tables.accessKeys.find("AKIA1")).toBeUndefined();
      expect((await tables.accounts.find(ann.id))?.displayName).toBe("Ann");
    });

    test("changes accounts, and gives nobody the address of another", async () => {
      const { accounts } = tables;
      await accounts.insert(ann);
      await accounts.insert(bob);
      await accounts.change({ id: bob.id, displayName: "Robert", email: "Bob@Example.com" });
      expect(await accounts.find(bob.id)).toMatchObject({ displayName: "Robert", email: "bob@example.com" });
      await expect(accounts.change({ id: bob.id, displayName: "B", email: "ann@example.com" })).rejects.toThrow(
        refused("AccountExists"),
      );
      await expect(accounts.change({ id: "nobody", displayName: "N" })).rejects.toThrow(refused("AccountNotFound"));
    });

    test("is refused when a newer version has changed it", async () => {
      await runStatement(at, "insert into kysely_migration (name, timestamp) values ('9999-later', '2030-01-01')");

      await expect(openControlDatabase({ at })).rejects.toThrow(refused("DatabaseTooNew"));
      if ("file" in at) expect(() => inspectSqlite("file" in at ? at.file : "")).toThrow(refused("DatabaseTooNew"));
    });

    test("carries session tokens, whose keys one process of many makes and ends", async () => {
      const vault = await openVault({ keyFile: join(folder, "encryption_key"), canary: database.canary });
      const other = await openControlDatabase({ at });
      const [one, two] = [database, other].map((opened) =>
        createSessionTokens({ vault, store: opened.as("ann").secrets }),
      );
      const isGood = async (session: IssuedSession | undefined) =>
        (await one?.read(session?.sessionToken ?? "", session?.accessKeyId ?? "")) !== undefined;

      const asked = { parentAccessKeyId: "AKIA1", durationSeconds: 900 };
      const issued = await Promise.all([one, two].map(async (sessions) => sessions?.issue(asked)));
      expect(await Promise.all(issued.map(isGood))).toEqual([true, true]);
      const before = await database.revision();
      await two?.rotateTokenKey({ keepOld: false });

      expect(await Promise.all(issued.map(isGood))).toEqual([false, false]);
      expect(await database.revision()).toBeGreaterThan(before);
      expect((await database.audit.list()).map(({ action, subject }) => `${action} ${subject}`).sort()).toEqual([
        "secret:create token-key/1",
        "secret:create token-key/2",
        "secret:remove token-key/1",
      ]);
      await other.close();
    });

    test("carries access keys and the rotation of their master key", async () => {
      await tables.accounts.insert(ann);
      const vault = await openVault({ keyFile: join(folder, "encryption_key"), canary: database.canary });
      const keys = createAccessKeys({ vault, store: tables.accessKeys });
      const issued = await keys.issue({ ownerId: ann.id });

      await rotateMaster({ vault, canary: database.canary, stores: [keys.sealed] });

      expect((await keys.secretOf(issued.accessKeyId))?.secretAccessKey).toBe(issued.secretAccessKey);
      await openVault({ keyFile: join(folder, "encryption_key"), canary: database.canary });
    });
  });
});

describe("a control database that is a file", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "stave-control-"));
    return () => rm(folder, { recursive: true });
  });

  test("is its owner's alone", async () => {
    const file = join(folder, "control.sqlite");
    await writeFile(file, "", { mode: 0o644 });
    const database = await openControlDatabase({ at: { file } });
    await database.as("ann").accounts.insert(ann);

    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(`${file}-wal`)).mode & 0o777).toBe(0o600);
    await database.close();
  });

  test("is refused when it is none, with its name", async () => {
    const file = join(folder, "control.sqlite");
    await writeFile(file, "x".repeat(8192));

    await expect(openControlDatabase({ at: { file } })).rejects.toThrow(refused("DatabaseUnusable"));
    await expect(openControlDatabase({ at: { file: join(folder, "absent", "c") } })).rejects.toThrow(
      refused("DatabaseUnusable"),
    );
  });

  test("is not made where it must exist", async () => {
    const file = join(folder, "control.sqlite");

    await expect(openControlDatabase({ at: { file }, mustExist: true })).rejects.toThrow(refused("DatabaseMissing"));
    await expect(readFile(file)).rejects.toThrow("ENOENT");
  });

  test("is refused in one line when it is damaged, and not changed", async () => {
    const file = join(folder, "control.sqlite");
    const database = await openControlDatabase({ at: { file } });
    await Promise.all(
      Array.from({ length: 50 }, (_, n) => database.audit.add({ actor: "a", action: "b", subject: `${n}` })),
    );
    await database.canary.insert("sealed");
    await database.close();
    expect(inspectSqlite(file)).toEqual({ canary: "sealed" });
    const whole = await readFile(file);
    const overwritten = Buffer.from(whole).fill("x", whole.length - 8192);

    for (const damaged of [overwritten, whole.subarray(0, whole.length / 2), Buffer.alloc(8192, "x")]) {
      await writeFile(file, damaged);
      expect(() => inspectSqlite(file)).toThrow(refused("DatabaseUnusable"));
      expect(() => inspectSqlite(file)).toThrow(/^[^\n]*is damaged[^\n]*Restore[^\n]*$/);
      expect(await readFile(file)).toEqual(damaged);
    }
  });

  test("tells whoever watches it that something has changed", async () => {
    const file = join(folder, "control.sqlite");
    const database = await openControlDatabase({ at: { file } });
    const watch = watchRevision(file);
    const before = watch.revision();
    expect(watch.revision()).toBe(before);

    await database.as("ann").accounts.insert(ann);
    const after = watch.revision();
    await database.audit.add({ actor: "ann", action: "look", subject: "nothing" });

    expect(after).toBeGreaterThan(before);
    expect(watch.revision()).toBe(after);
    expect(after).toBe(await database.revision());
    watch.close();
    await database.close();
  });
});

async function runStatement(at: ControlDatabaseOptions["at"], statement: string): Promise<void> {
  if ("postgres" in at) return await runPostgres(at.postgres, statement);
  const database = new DatabaseSync(at.file);
  try {
    database.exec(statement);
  } finally {
    database.close();
  }
}
