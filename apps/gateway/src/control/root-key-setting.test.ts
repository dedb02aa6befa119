import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "../config.ts";
import { UsageError } from "../process/usage-error.ts";
import { readRootKey } from "./root-key-setting.ts";

const secret = "CANARY-secret-of-root";

let folder = "";
let file = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stave-root-key-"));
  file = join(folder, "secret");
  await writeFile(file, `${secret}\n`);
});
afterAll(() => rm(folder, { recursive: true }));

function read(env: NodeJS.ProcessEnv) {
  const config = readConfig([], env);
  if ("help" in config) throw new Error("Nobody asked for help");
  return readRootKey(config);
}

test("there is none unless it is set", () => {
  expect(read({ STAVE_ROOT_ACCESS_KEY: "", STAVE_ROOT_SECRET_KEY: "" })).toBeUndefined();
});

test("the secret comes from the environment or from a file, without the end of its line", () => {
  const pair = { accessKeyId: "root_key", secretAccessKey: secret };

  expect(read({ STAVE_ROOT_ACCESS_KEY: "root_key", STAVE_ROOT_SECRET_KEY: secret })).toEqual(pair);
  expect(read({ STAVE_ROOT_ACCESS_KEY: "root_key", STAVE_ROOT_SECRET_KEY_FILE: file })).toEqual(pair);
});

describe("it is refused in one line that shows no secret:", () => {
  test.each<[string, (given: string) => NodeJS.ProcessEnv, RegExp]>([
    ["no secret", () => ({ STAVE_ROOT_ACCESS_KEY: "root" }), /Expected STAVE_ROOT_SECRET_KEY or/],
    ["no id", () => ({ STAVE_ROOT_SECRET_KEY: secret }), /Expected --root-access-key/],
    ["two secrets", (given) => ({ STAVE_ROOT_SECRET_KEY: secret, STAVE_ROOT_SECRET_KEY_FILE: given }), /got both/],
    ["a short id", () => ({ STAVE_ROOT_ACCESS_KEY: "ab", STAVE_ROOT_SECRET_KEY: secret }), /3 to 128/],
    ["a secret as the id", () => ({ STAVE_ROOT_ACCESS_KEY: secret, STAVE_ROOT_SECRET_KEY: secret }), /3 to 128/],
    ["a short secret", () => ({ STAVE_ROOT_ACCESS_KEY: "root", STAVE_ROOT_SECRET_KEY: "CANARY" }), /8 to 256/],
    ["an absent file", () => ({ STAVE_ROOT_ACCESS_KEY: "root", STAVE_ROOT_SECRET_KEY_FILE: "/none" }), /ENOENT/],
    ["a folder", () => ({ STAVE_ROOT_ACCESS_KEY: "root", STAVE_ROOT_SECRET_KEY_FILE: "/" }), /EISDIR/],
    [
      "security S13: an id that others ship with",
      () => ({ STAVE_ROOT_ACCESS_KEY: "minioadmin", STAVE_ROOT_SECRET_KEY: secret }),
      /everybody knows/,
    ],
    [
      "security S13: a secret that others ship with",
      () => ({ STAVE_ROOT_ACCESS_KEY: "root", STAVE_ROOT_SECRET_KEY: "rustfsadmin" }),
      /everybody knows/,
    ],
  ])("%s", (_, env, message) => {
    const error = refusal(env(file));

    expect(error.message).toMatch(message);
    expect(error.message).not.toContain("\n");
    expect(inspect(error, { depth: 10 })).not.toMatch(/CANARY/);
  });

  test("a file without end", () => {
    expect(refusal({ STAVE_ROOT_ACCESS_KEY: "root", STAVE_ROOT_SECRET_KEY_FILE: "/dev/zero" }).message).toMatch(
      /is larger than/,
    );
  });
});

function refusal(env: NodeJS.ProcessEnv): UsageError {
  try {
    read(env);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error("Expected the root key to be refused");
}
