import { chmod, copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { UsageError } from "../process/usage-error.ts";
import { createMasterKeys } from "./master-keys.ts";

let dataDirectory = "";
const places = () => ({ dataDirectory, encryptionKeyFile: undefined });
const keyFile = () => join(dataDirectory, "encryption.key");

beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), "stave-keys-"));
  return () => rm(dataDirectory, { recursive: true, force: true });
});

describe("the key of a data directory", () => {
  test("is made when it is first needed, readable by its owner only, and stays", async () => {
    const keys = createMasterKeys(places());
    expect(await readdir(dataDirectory)).toEqual([]);

    const made = keys.current();

    expect((await readdir(dataDirectory)).toSorted()).toEqual(["encryption.json", "encryption.key"]);
    expect((await stat(keyFile())).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(join(dataDirectory, "encryption.json"), "utf8"))).toEqual({
      format: 1,
      keyId: made.id,
    });
    expect(createMasterKeys(places()).current()).toEqual(made);
  });

  test("is the same for processes that need it at the same time", () => {
    const [one, other, third] = [createMasterKeys(places()), createMasterKeys(places()), createMasterKeys(places())];

    expect(other.current()).toEqual(one.current());
    expect(third.find(one.current().id)).toEqual(one.current());
    expect(third.find("0".repeat(16))).toBeUndefined();
  });

  test("survives a crash between its two files", async () => {
    const made = createMasterKeys(places()).current();
    await rm(join(dataDirectory, "encryption.json"));

    expect(createMasterKeys(places()).current()).toEqual(made);
  });

  test.each([
    ["as 32 bytes", Buffer.alloc(32, 200)],
    ["as base64", `${Buffer.alloc(32, 200).toString("base64")}\n`],
  ])("is taken from the file that the operator names, %s, and not copied", async (_, content) => {
    const named = join(dataDirectory, "named");
    await writeFile(named, content, { mode: 0o600 });

    const { bytes } = createMasterKeys({ dataDirectory, encryptionKeyFile: named }).current();

    expect(Buffer.from(bytes)).toEqual(Buffer.alloc(32, 200));
    expect((await readdir(dataDirectory)).toSorted()).toEqual(["encryption.json", "named"]);
  });

  test.each<[string, (file: string) => Promise<void>, RegExp]>([
    ["missing", (file) => rm(file), /Cannot read .*ENOENT.*restore its file/],
    ["cut off", (file) => writeFile(file, "c2hvcnQ="), /Expected .* to hold 32 bytes.*restore its file/],
    ["huge", (file) => writeFile(file, Buffer.alloc(100_000, 65)), /Expected .* to hold 32 bytes/],
    ["another one", (file) => writeFile(file, Buffer.alloc(32, 9)), /another one is needed.*restore its file/],
    ["readable by others", (file) => chmod(file, 0o640), /can be read by others: run `chmod 600`/],
  ])(
    "that is %s refuses the start once something was encrypted, and no other one is made",
    async (_, harm, message) => {
      const { id } = createMasterKeys(places()).current();
      await harm(keyFile());

      const start = () => createMasterKeys(places());

      expect(start).toThrow(UsageError);
      expect(start).toThrow(message);
      await copyFile(join(dataDirectory, "encryption.json"), join(dataDirectory, "copy"));
      expect(await readFile(join(dataDirectory, "copy"), "utf8")).toContain(id);
    },
  );

  test("is not made by a process that finds it gone while it runs", async () => {
    const early = createMasterKeys(places());
    createMasterKeys(places()).current();
    await rm(keyFile());

    expect(() => early.current()).toThrow(/Cannot read/);
    expect(await readdir(dataDirectory)).toEqual(["encryption.json"]);
  });

  test("must be where the operator says, even before it is needed", () => {
    const encryptionKeyFile = join(dataDirectory, "absent");

    expect(() => createMasterKeys({ dataDirectory, encryptionKeyFile })).toThrow(/Cannot read .*absent: ENOENT/);
  });

  test("is needed by a damaged record, too", async () => {
    createMasterKeys(places()).current();
    await writeFile(join(dataDirectory, "encryption.json"), "{");

    expect(() => createMasterKeys(places())).toThrow(/is damaged/);
  });
});
