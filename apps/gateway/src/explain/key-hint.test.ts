import { expect, test } from "vitest";
import { type KeyState, keyHint } from "./key-hint.ts";

test.each<[string, KeyState | undefined, RegExp]>([
  ["revoked", { revokedAt: new Date(0), isSuspended: true }, /was revoked at 1970/],
  ["expired", { expiresAt: new Date(0) }, /expired at 1970/],
  ["of a suspended account", { isSuspended: true }, /account that is suspended.*start the service/],
  ["active by now", { isSuspended: false }, /active by now/],
  ["never made", undefined, /No access key of the name "AKIA1" was ever made/],
])("a key that is %s is told apart", async (_, state, hint) => {
  expect(await keyHint("AKIA1", { findKeyState: async () => state, isPresigned: false })).toMatch(hint);
});
