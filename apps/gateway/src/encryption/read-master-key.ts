import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { toVaultKey, type VaultKey } from "@stave/credential-vault";
import { UsageError } from "../process/usage-error.ts";

const keyBytes = 32;
const maxFileBytes = 1024;

/** Reads a key from a file of 32 bytes, or of their base64. Throws a {@link UsageError}, which never shows what is in the file. */
export function readMasterKey(file: string): VaultKey {
  const content = readPrivate(file);
  if (content.length === keyBytes) return toVaultKey(content);
  const text = content.toString("latin1").trim();
  const bytes = Buffer.from(text, "base64");
  if (bytes.length === keyBytes && bytes.toString("base64") === text) return toVaultKey(bytes);
  throw new UsageError(
    `Expected the encryption key file ${file} to hold ${keyBytes} bytes, or their base64 (\`openssl rand -base64 32\`).`,
  );
}

function readPrivate(file: string): Buffer {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : "it cannot be opened";
    throw new UsageError(`Cannot read the encryption key file ${file}: ${reason}.`, { cause });
  }
  try {
    const { mode, size } = fstatSync(descriptor);
    if ((mode & 0o077) !== 0) {
      throw new UsageError(`The encryption key file ${file} can be read by others: run \`chmod 600\` on it.`);
    }
    return size > maxFileBytes ? Buffer.alloc(0) : readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
