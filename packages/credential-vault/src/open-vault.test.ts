import { chmod, mkdir, mkdtemp, readdir, readFile, rm, rmdir, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { createMemoryStore, type VaultStore } from "./create-memory-store.ts";
import { keyIdOf } from "./envelope.ts";
import { checkKeyFile, openVault } from "./open-vault.ts";
import { rotateMaster } from "./rotate-master.ts";

const refused = (code: string) => expect.objectContaining({ name: "VaultError", code });
const context = ["services", "password", "42"];

describe("openVault", () => {
  let folder = "";
  let keyFile = "";
  let store: VaultStore;
  const start = () => openVault({ keyFile, canary: store.canary });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "stave-vault-"));
    keyFile = join(folder, "encryption_key");
    store = createMemoryStore();
    return () => rm(folder, { recursive: true });
  });

  test("creates a key file on the very first start, for its owner alone, and nothing else", async () => {
    const vault = await start();

    expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(["encryption_key"]);
    const envelope = await vault.seal("s3cr3t", context);
    expect(await (await start()).open(envelope, context)).toBe("s3cr3t");
    expect(await readFile(keyFile, "utf8")).toContain(keyIdOf(envelope));
  });

  test("lets many that start at once have the same key", async () => {
    const vaults = await Promise.all(Array.from({ length: 8 }, start));

    const envelopes = await Promise.all(vaults.map((vault) => vault.seal("s3cr3t", context)));
    for (const vault of vaults) {
      for (const envelope of envelopes) expect(await vault.open(envelope, context)).toBe("s3cr3t");
    }
    expect(await readdir(folder)).toEqual(["encryption_key"]);
  });

  test("refuses to start without the key file of its secrets, says what is lost, and creates none", async () => {
    const envelope = await (await start()).seal("s3cr3t", context);
    await rm(keyFile);

    await expect(start()).rejects.toThrow(refused("KeyFileMissing"));
    await expect(start()).rejects.toThrow(keyFile);
    await expect(start()).rejects.toThrow(keyIdOf(envelope));
    await expect(start()).rejects.toThrow("Restore the file from a backup");
    expect(await readdir(folder)).toEqual([]);
  });

  test("refuses the key file of another installation", async () => {
    await start();
    await rm(keyFile);
    await openVault({ keyFile, canary: createMemoryStore().canary });

    await expect(start()).rejects.toThrow(refused("KeyFileMismatch"));
  });

  test.each([0o644, 0o640, 0o620, 0o604, 0o666])("refuses a key file with the mode %o", async (mode) => {
    await start();
    await chmod(keyFile, mode);

    await expect(start()).rejects.toThrow(refused("KeyFileExposed"));
    await expect(start()).rejects.toThrow(`chmod 600 ${keyFile}`);
  });

  test("takes a key file that is mounted read-only, through a link", async () => {
    await start();
    await chmod(keyFile, 0o400);
    await symlink(keyFile, join(folder, "link"));

    await openVault({ keyFile: join(folder, "link"), canary: store.canary });
  });

  test.each([
    ["empty", () => ""],
    ["cut off", (text: string) => text.slice(0, text.length / 2)],
    ["another document", () => "[]"],
    ["of another version", (text: string) => text.replace('"version": 1', '"version": 2')],
    [
      "with a changed key",
      (text: string) => text.replace(/"key": "(.)/, (_, first) => `"key": "${first === "A" ? "B" : "A"}`),
    ],
    ["with a short key", (text: string) => text.replace(/"key": "..../, '"key": "')],
    ["larger than any", (text: string) => text + " ".repeat(64 * 1024)],
  ])("refuses a key file that is %s, without a word of it", async (_, damage) => {
    await start();
    const text = await readFile(keyFile, "utf8");
    const key = JSON.parse(text).current.key;
    await writeFile(keyFile, damage(text));

    await expect(start()).rejects.toThrow(refused("KeyFileInvalid"));
    const error = await start().catch((error: Error) => `${error.message} ${String(error.cause)}`);
    expect(error).not.toContain(key.slice(1, 12));
  });

  test("refuses what cannot be read as a file", async () => {
    await mkdir(keyFile, { mode: 0o755 });

    await expect(start()).rejects.toThrow(refused("KeyFileUnreadable"));
    await rmdir(keyFile);
    await symlink(keyFile, keyFile);
    await expect(start()).rejects.toThrow(refused("KeyFileUnreadable"));
  });

  test("says which keys it has", async () => {
    const vault = await start();
    const before = await vault.currentKeyId();
    await rotateMaster({ vault, canary: store.canary, stores: [] });

    expect(await vault.keyIds()).toEqual({
      current: await vault.currentKeyId(),
      retired: [{ id: before, retiredAt: expect.any(Date) }],
    });
  });

  test("tells a key file that cannot be used without making one", async () => {
    await checkKeyFile(keyFile, undefined);
    expect(await readdir(folder)).toEqual([]);
    await start();
    const canary = await store.canary.read();
    await checkKeyFile(keyFile, canary);

    await chmod(keyFile, 0o604);
    for (const sealed of [canary, undefined]) {
      await expect(checkKeyFile(keyFile, sealed)).rejects.toThrow(refused("KeyFileExposed"));
    }
    await rm(keyFile);
    await expect(checkKeyFile(keyFile, canary)).rejects.toThrow(refused("KeyFileMissing"));
    await openVault({ keyFile, canary: createMemoryStore().canary });
    await expect(checkKeyFile(keyFile, canary)).rejects.toThrow(refused("KeyFileMismatch"));
  });

  test("opens nothing that was sealed with a key it never had", async () => {
    const vault = await start();
    const other = await openVault({ keyFile: join(folder, "other"), canary: createMemoryStore().canary });

    await expect(vault.open(await other.seal("s3cr3t", context), context)).rejects.toThrow(refused("KeyUnknown"));
  });

  test("opens a database that was restored together with its key file", async () => {
    const envelope = await (await start()).seal("s3cr3t", context);
    const canary = await store.canary.read();
    const restored = createMemoryStore({ content: { canary, accessKeys: new Map(), secrets: new Map() } });
    const restoredFile = join(folder, "restored_key");
    await writeFile(restoredFile, await readFile(keyFile), { mode: 0o600 });

    const vault = await openVault({ keyFile: restoredFile, canary: restored.canary });

    expect(await vault.open(envelope, context)).toBe("s3cr3t");
  });
});
