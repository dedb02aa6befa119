import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ControlDatabase, openControlDatabase } from "@stave/control-database";
import { openVault, type Vault } from "@stave/credential-vault";
import type { Request } from "express";
import { beforeEach, expect, test } from "vitest";
import { attemptCookie, beginAttempt, useAttempt } from "./sign-in-attempt.ts";

const start = new Date("2030-01-01T00:00:00.000Z");
const expired = expect.objectContaining({ name: "SignInError", code: "EXPIRED" });
let database: ControlDatabase;
let vault: Vault;

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), "stave-sign-in-"));
  database = await openControlDatabase({ at: { file: join(folder, "control.sqlite") } });
  vault = await openVault({ keyFile: join(folder, "key"), canary: database.canary });
  return async () => {
    await database.close();
    await rm(folder, { recursive: true });
  };
});

const use = (cookie: string, state: string, afterMs = 0) => {
  const context = { vault, database, now: () => new Date(start.getTime() + afterMs) };
  return useAttempt(context, { headers: { cookie: cookie.split(";")[0] } } as Request, state);
};

test("an attempt is used once, within ten minutes, in the browser that began it", async () => {
  const attempt = beginAttempt("/a?b=c", start);
  const cookie = await attemptCookie({ vault }, attempt, true);
  expect(cookie).toMatch(
    /^stave_oidc=[\w.-]+; Path=\/api\/session\/oidc; HttpOnly; SameSite=Lax; Max-Age=600; Secure$/,
  );
  for (const secret of [attempt.state, attempt.nonce, attempt.codeVerifier]) expect(cookie).not.toContain(secret);

  await expect(use(cookie, attempt.state, 600_000)).rejects.toThrow(expired);
  await expect(use(cookie, beginAttempt("/", start).state)).rejects.toThrow(expired);
  const uses = await Promise.allSettled([1, 2, 3].map(() => use(cookie, attempt.state, 599_999)));
  expect(uses.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected", "rejected"]);
  expect(uses.find(({ status }) => status === "fulfilled")).toMatchObject({ value: attempt });
});

test("what was not made here for this is none", async () => {
  const attempt = beginAttempt("/", start);
  const cookie = await attemptCookie({ vault }, attempt, false);
  const other = `stave_oidc=${await vault.seal(JSON.stringify(attempt), ["settings", "other"])}`;
  const cut = cookie.split(";")[0]?.slice(0, -2) ?? "";
  for (const wrong of ["", "stave_oidc=", "stave_oidc=sv1", other, cut, JSON.stringify(attempt)]) {
    await expect(use(wrong, attempt.state)).rejects.toThrow(expired);
  }
  expect(await use(cookie, attempt.state)).toEqual(attempt);
});
