import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openControlDatabase } from "@stave/control-database";
import { openVault } from "@stave/credential-vault";
import { expect, test } from "vitest";
import { makeObjectKey, openObjectKeys } from "./object-keys.ts";

test("a new key of objects opens at once, and seals when every process has had the time to read it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "stave-object-keys-"));
  let nowMs = Date.UTC(2030, 0, 1);
  const at = { file: join(folder, "control.sqlite") };
  const database = await openControlDatabase({ at, now: () => new Date(nowMs) });
  const vault = await openVault({ keyFile: join(folder, "encryption_key"), canary: database.canary });
  const sealed = { secrets: database.as("test").secrets, vault };
  const keys = await openObjectKeys(sealed, { nowMs: () => nowMs });
  const first = keys.current();

  nowMs += 60_000;
  const second = await makeObjectKey(sealed);
  await keys.reload();
  expect([keys.current().id, keys.find(second.id)?.id]).toEqual([first.id, second.id]);
  nowMs += 9_999;
  expect(keys.current().id).toBe(first.id);
  nowMs += 1;
  expect(keys.current().id).toBe(second.id);
  expect(keys.find(first.id)?.id).toBe(first.id);

  nowMs -= 3_600_000; // a clock that was set back
  expect(keys.current().id).toBe(first.id);
  await database.close();
  await rm(folder, { recursive: true });
});
