import { closeSync, openSync, readSync } from "node:fs";
import type { AccessKeyPair } from "@stave/credential-vault";
import type { Config } from "../config.ts";
import { UsageError } from "../process/usage-error.ts";
import { accessKeyIdForm, isWellKnown, secretAccessKeyForm } from "./given-key.ts";

const maxFileBytes = 4096;

/** The root key that the operator has set, if there is one. Throws a {@link UsageError} that shows no secret. */
export function readRootKey(
  config: Pick<Config, "rootAccessKey" | "rootSecretKey" | "rootSecretKeyFile">,
): AccessKeyPair | undefined {
  const { rootAccessKey: accessKeyId, rootSecretKey, rootSecretKeyFile: file } = config;
  if (rootSecretKey !== undefined && file !== undefined) {
    throw new UsageError("Expected one of STAVE_ROOT_SECRET_KEY and --root-secret-key-file, got both.");
  }
  const secretAccessKey = file === undefined ? rootSecretKey : readSecret(file);
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  if (accessKeyId === undefined) {
    throw new UsageError("Expected --root-access-key beside the secret of the root key. See --help.");
  }
  if (secretAccessKey === undefined) {
    throw new UsageError(
      "Expected STAVE_ROOT_SECRET_KEY or --root-secret-key-file beside --root-access-key. See --help.",
    );
  }
  // Never show the value: a secret may have landed in the wrong place.
  if (!accessKeyIdForm.pattern.test(accessKeyId)) {
    throw new UsageError(`Expected --root-access-key to be ${accessKeyIdForm.expected}.`);
  }
  if (!secretAccessKeyForm.pattern.test(secretAccessKey)) {
    throw new UsageError(`Expected the secret of the root key to be ${secretAccessKeyForm.expected}.`);
  }
  if (!isWellKnown(accessKeyId) && !isWellKnown(secretAccessKey)) return { accessKeyId, secretAccessKey };
  throw new UsageError(
    "The root key is one that other servers are shipped with, and that everybody knows. Choose another one.",
  );
}

function readSecret(file: string): string {
  const bytes = Buffer.alloc(maxFileBytes + 1); // of a file without end, such as a device, no more is read
  let sizeBytes: number;
  try {
    const opened = openSync(file, "r");
    try {
      sizeBytes = readSync(opened, bytes);
    } finally {
      closeSync(opened);
    }
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : "it cannot be opened";
    throw new UsageError(`Cannot read the secret of the root key from ${file}: ${reason}.`, { cause });
  }
  if (sizeBytes > maxFileBytes) throw new UsageError(`${file} is larger than ${maxFileBytes} bytes.`);
  return bytes.toString("utf8", 0, sizeBytes).replace(/\r?\n$/, ""); // as editors and `echo` leave it
}
