import { createHmac, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { createMemoryStore, type VaultStore } from "./create-memory-store.ts";
import { createSessionTokens, type SessionTokens } from "./create-session-tokens.ts";
import { openFileStore } from "./open-file-store.ts";
import { openVault, type Vault } from "./open-vault.ts";
import { rotateMaster } from "./rotate-master.ts";
import { sealBytes, toVaultKey } from "./sealed-bytes.ts";

const parentAccessKeyId = "AKIAANN0000000000000";
const hourMs = 3_600_000;

describe.each(["memory", "file"])("session tokens with keys in a %s", (kind) => {
  let folder = "";
  let store: VaultStore;
  let vault: Vault;
  let sessions: SessionTokens;
  let clock = new Date("2030-01-01T00:00:00Z");
  const now = () => clock;
  const pass = (ms: number) => {
    clock = new Date(clock.getTime() + ms);
  };
  const another = (options: { readonly store?: VaultStore } = {}) =>
    createSessionTokens({ vault, store: (options.store ?? store).secrets, now });

  beforeEach(async () => {
    clock = new Date("2030-01-01T00:00:00Z");
    folder = await mkdtemp(join(tmpdir(), "stave-sessions-"));
    store = kind === "file" ? await openFileStore(join(folder, "vault.json"), { now }) : createMemoryStore({ now });
    vault = await openVault({ keyFile: join(folder, "encryption_key"), canary: store.canary, now });
    sessions = another();
    return () => rm(folder, { recursive: true });
  });

  test("carry all that is known of a session", async () => {
    const policy = '{"Statement":\n[{"Sid":"caf\u00e9"}]}';
    const issued = await sessions.issue({ parentAccessKeyId, durationSeconds: 900, name: "ci@build", policy });

    expect(issued.accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(issued.secretAccessKey).toHaveLength(40);
    expect(await another().read(issued.sessionToken, issued.accessKeyId)).toEqual({
      accessKeyId: issued.accessKeyId,
      secretAccessKey: issued.secretAccessKey,
      parentAccessKeyId,
      issuedAt: new Date("2030-01-01T00:00:00Z"),
      expiresAt: new Date("2030-01-01T00:15:00Z"),
      name: "ci@build",
      policy,
    });
    expect(JSON.stringify(issued.sessionToken)).not.toContain(issued.secretAccessKey);
  });

  test("without a name or a policy have none", async () => {
    const { sessionToken, accessKeyId } = await sessions.issue({ parentAccessKeyId, durationSeconds: 900 });

    const session = await sessions.read(sessionToken, accessKeyId);
    expect(Object.keys(session ?? {})).not.toContain("name");
    expect(Object.keys(session ?? {})).not.toContain("policy");
    const empty = await sessions.issue({ parentAccessKeyId, durationSeconds: 900, policy: "" });
    expect(await sessions.read(empty.sessionToken, empty.accessKeyId)).toMatchObject({ policy: "" });
  });

  test("end at their time, or at that of their parent", async () => {
    const whole = await sessions.issue({ parentAccessKeyId, durationSeconds: 3600 });
    const notAfter = new Date(clock.getTime() + 1000);
    const short = await sessions.issue({ parentAccessKeyId, durationSeconds: 3600, notAfter });

    expect(short.expiresAt).toEqual(notAfter);
    pass(999);
    expect(await sessions.read(short.sessionToken, short.accessKeyId)).toMatchObject({ expiresAt: notAfter });
    pass(1);
    expect(await sessions.read(short.sessionToken, short.accessKeyId)).toBe("expired");
    pass(hourMs - 1001);
    expect(await sessions.read(whole.sessionToken, whole.accessKeyId)).toBeTypeOf("object");
    pass(1);
    expect(await sessions.read(whole.sessionToken, whole.accessKeyId)).toBe("expired");
  });

  test("are short enough for a header and an address with the largest policy", async () => {
    const policy = Array.from({ length: 2048 }, (_, at) => String.fromCharCode(at % 256)).join("");
    const asked = {
      parentAccessKeyId: "x".repeat(128),
      durationSeconds: 129_600,
      name: "n".repeat(64),
      policy,
    };
    const { sessionToken, accessKeyId } = await sessions.issue(asked);

    expect(sessionToken.length).toBeLessThan(4096);
    expect(encodeURIComponent(sessionToken)).toBe(sessionToken);
    expect(await sessions.read(sessionToken, accessKeyId)).toMatchObject({ policy, name: asked.name });
  });

  test.each([
    ["a short time", { durationSeconds: 899 }],
    ["a long time", { durationSeconds: 129_601 }],
    ["a broken time", { durationSeconds: 900.5 }],
    ["no time", { durationSeconds: Number.NaN }],
    ["a long policy", { policy: "x".repeat(2049) }],
    ["a policy beyond latin1", { policy: "\u0101" }],
    ["a short name", { name: "a" }],
    ["a long name", { name: "a".repeat(65) }],
    ["a name with a line end", { name: "a\nb" }],
  ])("are not issued for %s", async (_title, change) => {
    await expect(sessions.issue({ parentAccessKeyId, durationSeconds: 900, ...change })).rejects.toThrow(TypeError);
    expect(await store.secrets.list("")).toEqual([]);
  });

  test("are read as nothing when anything of them is another", async () => {
    const { sessionToken, accessKeyId } = await sessions.issue({ parentAccessKeyId, durationSeconds: 900 });
    const other = await sessions.issue({ parentAccessKeyId, durationSeconds: 900 });
    const [version, keyId, sealed = ""] = sessionToken.split(".");
    const junk = [
      "",
      ".",
      "..",
      "st1",
      `${version}.${keyId}.`,
      `${version}.${keyId}.AAAA`,
      `sv1.${keyId}.${sealed}`,
      `st2.${keyId}.${sealed}`,
      `${version}.${"0".repeat(16)}.${sealed}`,
      `${version}.${keyId}.${sealed}=`,
      `${sessionToken} `,
      ` ${sessionToken}`,
      `${sessionToken}\n`,
      `${sessionToken},${sessionToken}`,
      sessionToken.toUpperCase(),
      sessionToken.slice(0, -1),
      `${sessionToken}A`,
      "\u0000\u{1f511}",
      "x".repeat(1_000_000),
      `st1.${keyId}.${"A".repeat(4096)}`,
    ];

    for (const text of junk)
      expect([text.slice(0, 50), await sessions.read(text, accessKeyId)]).toEqual([text.slice(0, 50), undefined]);
    expect(await sessions.read(sessionToken, other.accessKeyId)).toBeUndefined();
    expect(await sessions.read(sessionToken, "")).toBeUndefined();
    for (let at = 0; at < sessionToken.length; at += 1) {
      const changed = sessionToken[at] === "B" ? "C" : "B";
      const text = `${sessionToken.slice(0, at)}${changed}${sessionToken.slice(at + 1)}`;
      expect(await sessions.read(text, accessKeyId)).toBeUndefined();
    }
    expect(await sessions.read(sessionToken, accessKeyId)).toBeTypeOf("object");
  });

  test("security S14: cannot be made by who knows the root key's secret, or the master key", async () => {
    const { sessionToken, accessKeyId } = await sessions.issue({ parentAccessKeyId, durationSeconds: 900 });
    const [, keyId = ""] = sessionToken.split(".");
    const rootSecret = "root-secret-0000000000000000000000000000";
    const master = Buffer.from(
      JSON.parse(await readFile(join(folder, "encryption_key"), "utf8")).current.key,
      "base64",
    );
    const content = Buffer.from(JSON.stringify(["x".repeat(40), parentAccessKeyId, clock.getTime(), 1e15, null]));
    const format = { version: "st1", maxLength: 4096 };
    const guesses = [
      Buffer.from(rootSecret.padEnd(32).slice(0, 32)),
      createHmac("sha256", rootSecret).digest(),
      createHmac("sha256", rootSecret).update("token").digest(),
      master,
      createHmac("sha256", master).update("token").digest(),
      Buffer.alloc(32),
    ];

    for (const bytes of guesses) {
      for (const id of [keyId, toVaultKey(bytes).id]) {
        const forged = sealBytes({ id, bytes }, content, { format, context: ["session_tokens", accessKeyId] });
        expect(await sessions.read(forged, accessKeyId)).toBeUndefined();
      }
    }
  });

  test("security S14: are sealed with keys that are random in each installation, and stored sealed", async () => {
    const other = createMemoryStore();
    const elsewhere = another({ store: other });
    const { sessionToken } = await sessions.issue({ parentAccessKeyId, durationSeconds: 900 });
    const { accessKeyId, ...issued } = await elsewhere.issue({ parentAccessKeyId, durationSeconds: 900 });

    expect(await sessions.read(issued.sessionToken, accessKeyId)).toBeUndefined();
    expect(issued.sessionToken.split(".")[1]).not.toBe(sessionToken.split(".")[1]);
    expect((await store.secrets.list("token-key/"))[0]?.envelope).toMatch(/^sv1\./);
  });

  test("security S14: outlive the rotation of their key that keeps the old one, and none that does not", async () => {
    const process2 = another();
    const first = await sessions.issue({ parentAccessKeyId, durationSeconds: 129_600 });
    await sessions.rotateTokenKey();
    const second = await process2.issue({ parentAccessKeyId, durationSeconds: 129_600 });

    expect(second.sessionToken.split(".")[1]).not.toBe(first.sessionToken.split(".")[1]);
    for (const reader of [sessions, process2]) {
      expect(await reader.read(first.sessionToken, first.accessKeyId)).toBeTypeOf("object");
      expect(await reader.read(second.sessionToken, second.accessKeyId)).toBeTypeOf("object");
    }
    await sessions.rotateTokenKey({ keepOld: false });
    for (const reader of [sessions, process2]) {
      expect(await reader.read(first.sessionToken, first.accessKeyId)).toBeUndefined();
      expect(await reader.read(second.sessionToken, second.accessKeyId)).toBeUndefined();
    }
    const third = await process2.issue({ parentAccessKeyId, durationSeconds: 900 });
    expect(await sessions.read(third.sessionToken, third.accessKeyId)).toBeTypeOf("object");
  });

  test("have a key that is forgotten when no token of it can be alive", async () => {
    const { sessionToken, accessKeyId } = await sessions.issue({ parentAccessKeyId, durationSeconds: 129_600 });
    await sessions.rotateTokenKey();
    pass(129_600_000);
    expect(await sessions.read(sessionToken, accessKeyId)).toBe("expired");

    await sessions.rotateTokenKey();
    pass(129_600_000);
    await sessions.rotateTokenKey();

    expect(await sessions.read(sessionToken, accessKeyId)).toBeUndefined();
    expect((await store.secrets.list("")).map(({ name }) => name)).toEqual(["token-key/3", "token-key/4"]);
  });

  test("have one key when many that start at once issue", async () => {
    const starting = Array.from({ length: 8 }, () => another());
    const issued = await Promise.all(starting.map((one) => one.issue({ parentAccessKeyId, durationSeconds: 900 })));

    expect(new Set(issued.map(({ sessionToken }) => sessionToken.split(".")[1])).size).toBe(1);
    await Promise.all(starting.map((one) => one.rotateTokenKey()));
    for (const { sessionToken, accessKeyId } of issued) {
      expect(await sessions.read(sessionToken, accessKeyId)).toBeTypeOf("object");
    }
  });

  test("outlive the rotation of the master key", async () => {
    const { sessionToken, accessKeyId } = await sessions.issue({ parentAccessKeyId, durationSeconds: 129_600 });

    const stores = [store.secrets.sealed];
    const report = await rotateMaster({ vault, canary: store.canary, stores, now, keepRetiredMs: -1 });
    expect(report).toMatchObject({ resealed: 1, unreadable: [] });
    const next = await rotateMaster({ vault, canary: store.canary, stores, now, keepRetiredMs: -1 });
    expect(next).toMatchObject({ resealed: 1, forgottenKeys: 1 });

    expect(await another().read(sessionToken, accessKeyId)).toBeTypeOf("object");
    expect((await store.secrets.list(""))[0]?.envelope).toContain(next.keyId);
  });

  test("cannot be read without the vault, and that is no answer about them", async () => {
    const { sessionToken, accessKeyId } = await sessions.issue({ parentAccessKeyId, durationSeconds: 900 });
    const [secret] = await store.secrets.list("");
    const envelope = secret?.envelope ?? "";
    await store.secrets.sealed.reseal("token-key/1", envelope, `${envelope.slice(0, -4)}AAAA`);

    await expect(another().read(sessionToken, accessKeyId)).rejects.toMatchObject({ code: "EnvelopeTampered" });
  });

  if (kind === "file") {
    test("are good after a restart", async () => {
      const { sessionToken, accessKeyId } = await sessions.issue({ parentAccessKeyId, durationSeconds: 900 });

      const reopened = await openFileStore(join(folder, "vault.json"));

      expect(await another({ store: reopened }).read(sessionToken, accessKeyId)).toBeTypeOf("object");
    });
  }

  test("of any bytes are read without an error", async () => {
    await sessions.issue({ parentAccessKeyId, durationSeconds: 900 });
    for (let round = 0; round < 500; round += 1) {
      const bytes = randomBytes(round);
      for (const text of [bytes.toString("latin1"), `st1.${"0".repeat(16)}.${bytes.toString("base64url")}`]) {
        expect(await sessions.read(text, "ASIAAAAAAAAAAAAAAAAA")).toBeUndefined();
      }
    }
  });
});
