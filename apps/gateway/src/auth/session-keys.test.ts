import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemoryStore, createSessionTokens, openVault, type SessionTokens } from "@stave/credential-vault";
import { parsePolicy } from "@stave/s3-policy";
import { beforeEach, expect, test } from "vitest";
import type { Identity } from "./identity.ts";
import { requesterOf } from "./identity.ts";
import { createSessionKeys, type ParentKey } from "./session-keys.ts";

const policyOf = (action: string) => JSON.stringify({ Statement: { Effect: "Allow", Action: action, Resource: "*" } });
const scope = parsePolicy(policyOf("s3:GetObject"));
const account = { id: "ann", displayName: "ann", email: "" };
const parent: Identity = {
  account,
  accessKeyId: "AKIAPARENT",
  requester: requesterOf(account),
  caps: [scope],
  isTemporary: false,
};

let clock = new Date("2030-01-01T00:00:00Z");
const now = () => clock;
const pass = (seconds: number) => {
  clock = new Date(clock.getTime() + seconds * 1000);
};
let tokens: SessionTokens;
let parents: Map<string, ParentKey>;
let asked: string[] = [];
const open = () =>
  createSessionKeys({
    tokens,
    findParent: async (accessKeyId) => {
      asked.push(accessKeyId);
      return parents.get(accessKeyId);
    },
    now,
  });

beforeEach(async () => {
  clock = new Date("2030-01-01T00:00:00Z");
  asked = [];
  const folder = await mkdtemp(join(tmpdir(), "stave-session-keys-"));
  const { canary, secrets } = createMemoryStore();
  const vault = await openVault({ keyFile: join(folder, "encryption_key"), canary });
  tokens = createSessionTokens({ vault, store: secrets, now });
  parents = new Map([[parent.accessKeyId, { identity: parent, expiresAtMs: Number.POSITIVE_INFINITY }]]);
  return () => rm(folder, { recursive: true });
});
const issue = (policy?: string) =>
  tokens.issue({ parentAccessKeyId: parent.accessKeyId, durationSeconds: 900, policy });

test("security S8: a session has the limits of its parent, and its own beside them", async () => {
  const plain = await issue();
  const narrow = await issue(policyOf("s3:*"));

  expect(await open().find(plain.accessKeyId, plain.sessionToken)).toEqual({
    secretAccessKey: plain.secretAccessKey,
    sessionToken: plain.sessionToken,
    identity: {
      ...parent,
      accessKeyId: plain.accessKeyId,
      parentAccessKeyId: parent.accessKeyId,
      caps: [scope],
      isTemporary: true,
    },
  });
  expect(await open().find(narrow.accessKeyId, narrow.sessionToken)).toMatchObject({
    identity: { caps: [scope, parsePolicy(policyOf("s3:*"))] },
  });
});

test("a session that is remembered is not read again until it, or its parent, ends", async () => {
  const { accessKeyId, sessionToken } = await issue();
  const sessions = open();
  const known = await sessions.find(accessKeyId, sessionToken);
  expect(sessions.find(accessKeyId, sessionToken)).toBe(known);
  expect(asked).toEqual([parent.accessKeyId]);

  pass(900);
  expect(await sessions.find(accessKeyId, sessionToken)).toEqual({ isExpired: true });
});

test("a session is asked for its parent again when that has ended", async () => {
  const { accessKeyId, sessionToken } = await issue();
  const sessions = open();
  parents.set(parent.accessKeyId, { identity: parent, expiresAtMs: clock.getTime() + 1000 });
  await sessions.find(accessKeyId, sessionToken);
  const next = { ...parent, accessKeyId: "AKIANEXT", caps: [] };
  parents.set(parent.accessKeyId, { identity: next, expiresAtMs: Number.POSITIVE_INFINITY });

  pass(1);
  expect(await sessions.find(accessKeyId, sessionToken)).toMatchObject({
    identity: { parentAccessKeyId: "AKIANEXT", caps: [] },
  });
  parents.clear();
  expect(await open().find(accessKeyId, sessionToken)).toBeUndefined();
});

test("another token for a session that is remembered gets that of the session, to be held against", async () => {
  const { accessKeyId, sessionToken } = await issue();
  const other = await issue();
  const sessions = open();

  expect(await sessions.find(accessKeyId, other.sessionToken)).toEqual({ isForged: true });
  await sessions.find(accessKeyId, sessionToken);
  expect(await sessions.find(accessKeyId, other.sessionToken)).toMatchObject({ sessionToken });
});

test("a session whose policy this version does not know opens nothing", async () => {
  const { accessKeyId, sessionToken } = await issue(policyOf("s3:GetObjectOfTomorrow"));

  await expect(open().find(accessKeyId, sessionToken)).rejects.toMatchObject({ code: "MalformedPolicy" });
});
