import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UsageError } from "../process/usage-error.ts";
import { readUsersFile } from "./users-file.ts";

const ann = {
  id: "ann-id",
  displayName: "Ann",
  email: "ann@example.com",
  accessKeyId: "AKIAANN",
  secretAccessKey: "CANARY-secret-of-ann",
};
const bob = { ...ann, id: "bob-id", accessKeyId: "AKIABOB", secretAccessKey: "CANARY-secret-of-bob" };

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stave-accounts-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function usersFile(content: unknown): Promise<string> {
  const file = join(folder, "users.json");
  await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

function refusal(file: string): UsageError {
  try {
    readUsersFile(file);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error("Expected the users file to be refused");
}

test("accounts and their keys are read", async () => {
  expect(readUsersFile(await usersFile([ann, bob]))).toEqual([ann, bob]);
});

describe("a users file is refused in one line that shows no secret:", () => {
  test.each<[string, unknown, RegExp]>([
    ["cut off", JSON.stringify([ann]).slice(0, -4), /not valid JSON/],
    ["broken next to a secret", `[{"secretAccessKey": CANARY-secret-of-ann}]`, /not valid JSON/],
    ["empty", "", /not valid JSON/],
    ["no array", ann, /JSON array/],
    ["no accounts", [], /at least one/],
    ["null", "null", /JSON array/],
    ["an account that is null", [ann, null], /object in .*, entry 1/],
    ["an account that is a secret", ["CANARY-secret-of-ann"], /object in .*, entry 0/],
    ["no secret", [{ ...ann, secretAccessKey: undefined }], /"secretAccessKey" in .*, entry 0/],
    ["a short secret", [{ ...ann, secretAccessKey: "CANARY" }], /"secretAccessKey" .* 8 to 256/],
    ["a secret with a blank", [{ ...ann, secretAccessKey: "CANARY secret of" }], /"secretAccessKey"/],
    ["a long secret", [{ ...ann, secretAccessKey: "CANARY".repeat(50) }], /"secretAccessKey"/],
    ["a secret that is a number", [{ ...ann, secretAccessKey: 1_234_567_890 }], /"secretAccessKey"/],
    ["a secret as the key", [bob, { ...ann, accessKeyId: "CANARY-secret-of-ann" }], /"accessKeyId" in .*, entry 1/],
    ["a short key", [{ ...ann, accessKeyId: "AK" }], /"accessKeyId"/],
    ["an empty id", [{ ...ann, id: "" }], /"id"/],
    ["an id with a blank", [{ ...ann, id: "CANARY id" }], /"id"/],
    ["a name that is no text", [{ ...ann, displayName: ["CANARY"] }], /"displayName"/],
    ["no e-mail", [{ ...ann, email: undefined }], /"email"/],
    ["one key twice", [ann, { ...bob, accessKeyId: ann.accessKeyId }], /same accessKeyId twice/],
    ["security S13: a key that others ship with", [{ ...ann, accessKeyId: "minioadmin" }], /everybody knows/],
    ["security S13: a secret that others ship with", [{ ...ann, secretAccessKey: "rustfsadmin" }], /everybody knows/],
    ["more than a megabyte", [{ ...ann, email: "CANARY".repeat(200_000) }], /larger than/],
  ])("%s", async (_, content, message) => {
    const error = refusal(await usersFile(content));

    expect(error.message).toMatch(message);
    expect(error.message).not.toContain("\n");
    expect(inspect(error, { depth: 10 })).not.toMatch(/CANARY/);
  });

  test("absent", () => {
    expect(refusal(join(folder, "none.json")).message).toMatch(/Cannot read the users file .*: ENOENT/);
  });

  test("a folder", () => {
    expect(refusal(folder).message).toMatch(/Cannot read the users file .*: EISDIR/);
  });
});
