import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { type AccessKeys, createAccessKeys } from "./create-access-keys.ts";
import { createMemoryStore, type VaultStore } from "./create-memory-store.ts";
import { generateAccessKey } from "./generate-access-key.ts";
import { openFileStore } from "./open-file-store.ts";
import { openVault, type Vault } from "./open-vault.ts";
import { rotateMaster } from "./rotate-master.ts";

const refused = (code: string) => expect.objectContaining({ name: "VaultError", code });
const minuteMs = 60_000;

describe.each(["memory", "file"])("access keys in a %s", (kind) => {
  let folder = "";
  let store: VaultStore;
  let vault: Vault;
  let keys: AccessKeys;
  let clock = new Date("2030-01-01T00:00:00Z");
  const now = () => clock;
  const later = (ms: number) => new Date(clock.getTime() + ms);
  const pass = (ms: number) => {
    clock = later(ms);
  };

  beforeEach(async () => {
    clock = new Date("2030-01-01T00:00:00Z");
    folder = await mkdtemp(join(tmpdir(), "stave-keys-"));
    store = kind === "file" ? await openFileStore(join(folder, "vault.json")) : createMemoryStore();
    vault = await openVault({ keyFile: join(folder, "encryption_key"), canary: store.canary, now });
    keys = createAccessKeys({ vault, store: store.accessKeys, now });
    return () => rm(folder, { recursive: true });
  });

  test("are issued with a secret that is shown once and stored sealed", async () => {
    const scope = { bucket: "photos" };
    const { accessKeyId, secretAccessKey, info } = await keys.issue({ ownerId: "ann", description: "backup", scope });

    expect(info).toEqual({ accessKeyId, ownerId: "ann", description: "backup", scope, createdAt: clock });
    expect(await keys.secretOf(accessKeyId)).toEqual({ secretAccessKey, info });
    expect(JSON.stringify([await keys.list(), await keys.find(accessKeyId)])).not.toContain(secretAccessKey);
    const record = await store.accessKeys.find(accessKeyId);
    expect(record?.secretEnvelope).toMatch(/^sv1\./);
    expect(await keys.secretOf("AKIAAAAAAAAAAAAAAAAA")).toBeUndefined();
  });

  test("are taken over as they are, and never change one that is there", async () => {
    const pair = { accessKeyId: "AKIAGIVEN", secretAccessKey: "a secret that clients have" };
    expect(await keys.adopt(pair, { ownerId: "ann", description: "given" })).toBe(true);
    expect(await keys.secretOf(pair.accessKeyId)).toMatchObject({ secretAccessKey: pair.secretAccessKey });
    await keys.revoke(pair.accessKeyId);

    expect(await keys.adopt({ ...pair, secretAccessKey: "another" }, { ownerId: "eve" })).toBe(false);

    expect(await keys.secretOf(pair.accessKeyId)).toBeUndefined();
    expect(await keys.find(pair.accessKeyId)).toMatchObject({ ownerId: "ann", revokedAt: clock });
  });

  test("do not open when the sealed secret of another key is put into their record", async () => {
    const one = await keys.issue({ ownerId: "ann" });
    const two = await keys.issue({ ownerId: "bob" });
    const [first, second] = [
      await store.accessKeys.find(one.accessKeyId),
      await store.accessKeys.find(two.accessKeyId),
    ];
    await store.accessKeys.reseal(one.accessKeyId, first?.secretEnvelope ?? "", second?.secretEnvelope ?? "");

    await expect(keys.secretOf(one.accessKeyId)).rejects.toThrow(refused("EnvelopeTampered"));
  });

  test("are listed by owner, a page at a time", async () => {
    const issued = [];
    for (const ownerId of ["ann", "bob", "ann", "ann"]) issued.push(await keys.issue({ ownerId }));
    const ids = issued.filter((_, at) => at !== 1).map(({ accessKeyId }) => accessKeyId);

    const all = await keys.list({ ownerId: "ann" });
    expect(all.map(({ accessKeyId }) => accessKeyId)).toEqual(ids.sort());
    const page = await keys.list({ ownerId: "ann", after: ids[0] ?? "", limit: 1 });
    expect(page.map(({ accessKeyId }) => accessKeyId)).toEqual([ids[1]]);
  });

  test("end when they are revoked, for good", async () => {
    const { accessKeyId } = await keys.issue({ ownerId: "ann" });
    await keys.revoke(accessKeyId);
    pass(minuteMs);
    await keys.revoke(accessKeyId);

    expect(await keys.secretOf(accessKeyId)).toBeUndefined();
    expect((await keys.find(accessKeyId))?.revokedAt).toEqual(new Date("2030-01-01T00:00:00Z"));
    await expect(keys.expire(accessKeyId, later(minuteMs))).rejects.toThrow(refused("AccessKeyNotActive"));
    await expect(keys.rotate(accessKeyId, { graceMs: 0 })).rejects.toThrow(refused("AccessKeyNotActive"));
    await expect(keys.revoke("AKIAAAAAAAAAAAAAAAAA")).rejects.toThrow(refused("AccessKeyNotFound"));
    expect(await keys.list()).toHaveLength(1);
  });

  test("end at the moment they expire", async () => {
    const { accessKeyId } = await keys.issue({ ownerId: "ann", expiresAt: later(minuteMs) });

    pass(minuteMs - 1);
    expect(await keys.secretOf(accessKeyId)).toBeDefined();
    pass(1);
    expect(await keys.secretOf(accessKeyId)).toBeUndefined();
    await expect(keys.expire(accessKeyId, later(minuteMs))).rejects.toThrow(refused("AccessKeyNotActive"));
  });

  test("rotate with a time in which both work", async () => {
    const scope = { prefix: "a/" };
    const old = await keys.issue({ ownerId: "ann", description: "app", scope });
    const issued = await keys.rotate(old.accessKeyId, { graceMs: 10 * minuteMs });

    expect(issued.info).toMatchObject({ ownerId: "ann", description: "app", scope });
    expect((await keys.find(old.accessKeyId))?.replacedBy).toBe(issued.accessKeyId);
    pass(10 * minuteMs - 1);
    expect((await keys.secretOf(old.accessKeyId))?.secretAccessKey).toBe(old.secretAccessKey);
    expect((await keys.secretOf(issued.accessKeyId))?.secretAccessKey).toBe(issued.secretAccessKey);
    pass(1);
    expect(await keys.secretOf(old.accessKeyId)).toBeUndefined();
    expect(await keys.secretOf(issued.accessKeyId)).toBeDefined();
  });

  test("never live longer for being rotated", async () => {
    const { accessKeyId } = await keys.issue({ ownerId: "ann", expiresAt: later(minuteMs) });
    const issued = await keys.rotate(accessKeyId, { graceMs: 10 * minuteMs });
    const atOnce = await keys.rotate(issued.accessKeyId, { graceMs: 0 });

    expect((await keys.find(accessKeyId))?.expiresAt).toEqual(later(minuteMs));
    expect(await keys.secretOf(issued.accessKeyId)).toBeUndefined();
    expect(atOnce.info.expiresAt).toEqual(later(minuteMs));
  });

  test("remember when they were used, in one write", async () => {
    const { accessKeyId } = await keys.issue({ ownerId: "ann" });
    keys.noteUsed(accessKeyId);
    keys.noteUsed("AKIAAAAAAAAAAAAAAAAA");
    expect((await keys.find(accessKeyId))?.lastUsedAt).toBeUndefined();

    await keys.flushUsed();

    expect((await keys.find(accessKeyId))?.lastUsedAt).toEqual(clock);
    expect(await keys.list()).toHaveLength(1);
  });

  test("are sealed again with a new master key, and readable all the time", async () => {
    const count = kind === "memory" ? 205 : 12; // more than two pages of a rotation; a file is flushed for each change
    const issued = [];
    for (let n = 0; n < count; n += 1) issued.push(await keys.issue({ ownerId: "ann" }));
    const before = await vault.currentKeyId();
    const other = await openVault({ keyFile: join(folder, "encryption_key"), canary: store.canary });
    const otherKeys = createAccessKeys({ vault: other, store: store.accessKeys, now });

    const report = await rotateMaster({ vault, canary: store.canary, stores: [keys.sealed], now });

    expect(report).toMatchObject({ resealed: count, madeKey: true, unreadable: [], forgottenKeys: 0 });
    expect(report.keyId).not.toBe(before);
    for (const { accessKeyId, secretAccessKey } of issued) {
      expect((await otherKeys.secretOf(accessKeyId))?.secretAccessKey).toBe(secretAccessKey);
      expect((await store.accessKeys.find(accessKeyId))?.secretEnvelope).toContain(report.keyId);
    }
    pass(2 * 86_400_000);
    const next = await rotateMaster({ vault, canary: store.canary, stores: [keys.sealed], now });
    expect(next).toMatchObject({ resealed: count, madeKey: true, forgottenKeys: 1 });
    await openVault({ keyFile: join(folder, "encryption_key"), canary: store.canary });
    expect(await readFile(join(folder, "encryption_key"), "utf8")).not.toContain(before);
  });

  test("are not lost when a rotation is cut off, and it goes on with the same key", async () => {
    for (let n = 0; n < 5; n += 1) await keys.issue({ ownerId: "ann" });
    let count = 0;
    const cut = {
      ...keys.sealed,
      reseal: async (...asked: Parameters<typeof keys.sealed.reseal>) => {
        count += 1;
        if (count === 3) throw new Error("cut");
        return keys.sealed.reseal(...asked);
      },
    };
    await expect(rotateMaster({ vault, canary: store.canary, stores: [cut], now })).rejects.toThrow("cut");
    for (const { accessKeyId } of await keys.list()) expect(await keys.secretOf(accessKeyId)).toBeDefined();
    const restarted = await openVault({ keyFile: join(folder, "encryption_key"), canary: store.canary, now });
    const keyId = await restarted.currentKeyId();

    const report = await rotateMaster({ vault: restarted, canary: store.canary, stores: [keys.sealed], now });

    expect(report).toMatchObject({ keyId, resealed: 3, madeKey: false, unreadable: [] });
    const again = await rotateMaster({ vault: restarted, canary: store.canary, stores: [keys.sealed], now });
    expect(again).toMatchObject({ resealed: 5, madeKey: true });
  });

  test("that do not open keep the old master key from being forgotten", async () => {
    const damaged = await keys.issue({ ownerId: "ann" });
    const sound = await keys.issue({ ownerId: "ann" });
    const record = await store.accessKeys.find(damaged.accessKeyId);
    const envelope = record?.secretEnvelope ?? "";
    await store.accessKeys.reseal(damaged.accessKeyId, envelope, `${envelope.slice(0, -4)}AAAA`);

    const report = await rotateMaster({ vault, canary: store.canary, stores: [keys.sealed], now, keepRetiredMs: -1 });

    expect(report).toMatchObject({
      resealed: 1,
      forgottenKeys: 0,
      unreadable: [{ store: "access_keys", id: damaged.accessKeyId, code: "EnvelopeTampered" }],
    });
    expect((await keys.secretOf(sound.accessKeyId))?.secretAccessKey).toBe(sound.secretAccessKey);
  });

  if (kind === "file") {
    test("are in the file as they were, for its owner alone", async () => {
      const { accessKeyId, secretAccessKey } = await keys.issue({ ownerId: "ann", expiresAt: later(minuteMs) });
      const path = join(folder, "vault.json");
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect(await readFile(path, "utf8")).not.toContain(secretAccessKey);

      const reopened = createAccessKeys({ vault, store: (await openFileStore(path)).accessKeys, now });

      expect(await reopened.list()).toEqual(await keys.list());
      expect((await reopened.secretOf(accessKeyId))?.secretAccessKey).toBe(secretAccessKey);
    });

    test("are kept as they were when the file cannot be written", async () => {
      const { accessKeyId } = await keys.issue({ ownerId: "ann" });
      await rm(folder, { recursive: true });

      await expect(keys.revoke(accessKeyId)).rejects.toThrow(refused("StoreUnusable"));
      expect((await keys.find(accessKeyId))?.revokedAt).toBeUndefined();
      await mkdir(folder);
    });

    test.each(["", "{", "[]", '{"version":1,"accessKeys":[{}]}', '{"version":2,"accessKeys":[]}'])(
      "are not read from a damaged file: %s",
      async (text) => {
        const path = join(folder, "damaged.json");
        await writeFile(path, text);

        await expect(openFileStore(path)).rejects.toThrow(refused("StoreUnusable"));
      },
    );
  }
});

test("generated keys have the shape of AWS's, and do not repeat", () => {
  const pairs = Array.from({ length: 1000 }, () => generateAccessKey());

  for (const { accessKeyId, secretAccessKey } of pairs) {
    expect(accessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
    expect(secretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/);
  }
  expect(new Set(pairs.map(({ accessKeyId }) => accessKeyId)).size).toBe(1000);
  expect(generateAccessKey("ASIA").accessKeyId).toMatch(/^ASIA/);
});
