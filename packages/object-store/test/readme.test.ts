import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import * as api from "../src/index.ts";
import type { StoreErrorCode } from "../src/store-error.ts";
import { md5Of } from "../src/testing/case-tools.ts";
import { createTemporaryDirectory } from "./temporary-store.ts";

const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");

const codes: Record<StoreErrorCode, true> = {
  AppendToEncrypted: true,
  BadDigest: true,
  BucketAlreadyExists: true,
  BucketAlreadyOwnedByYou: true,
  BucketNotEmpty: true,
  DataDirectoryInUse: true,
  DataDirectoryUnusable: true,
  EntityTooSmall: true,
  InsufficientStorage: true,
  InternalError: true,
  InvalidBucketState: true,
  InvalidPart: true,
  InvalidPartOrder: true,
  InvalidWriteOffset: true,
  NoSuchBucket: true,
  NoSuchKey: true,
  NoSuchUpload: true,
  ObjectDamaged: true,
  ObjectLocked: true,
  PreconditionFailed: true,
  QuotaExceeded: true,
  TooManyParts: true,
  UnsupportedFormat: true,
};

test("the README names every export and every error code", () => {
  for (const name of [...Object.keys(api), ...Object.keys(codes)]) expect(readme, name).toContain(`\`${name}`);
});

test("the README's example runs", async () => {
  await using temporary = await createTemporaryDirectory();
  const example = readme.split("```ts\n")[1]?.split("```")[0] ?? "";
  const code = example
    .replace('"./data"', JSON.stringify(join(temporary.directory, "data")))
    .replace('"cat.jpg"', JSON.stringify(fileURLToPath(new URL("../README.md", import.meta.url))));

  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=@stave/source", "--input-type=module-typescript", "--eval", code],
    { cwd: fileURLToPath(new URL("..", import.meta.url)) },
  );

  expect(stdout).toBe(`${md5Of(readme)}\n${readme.slice(0, 100)}`);
});
