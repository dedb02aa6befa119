import { createHash } from "node:crypto";

/** Where the bytes of backups are: a bucket or a directory. Names are made here, of letters, digits, `.`, `-` and slashes; nobody else chooses them. */
export interface BackupStore {
  /** All of it or nothing, also after a crash. Replaces what has the name. */
  write(name: string, bytes: Buffer, signal: AbortSignal): Promise<void>;
  /** As `write`, for what is too large for memory. The SHA-256 of what came, hex. Fails as the body fails. */
  writeStream(
    name: string,
    body: AsyncIterable<Uint8Array>,
    options: { readonly sizeBytes: number; readonly signal: AbortSignal },
  ): Promise<{ readonly sha256: string; readonly sizeBytes: number }>;
  /** Throws a {@link StoreError} `Missing`. */
  read(name: string, signal: AbortSignal): Promise<StoredBytes>;
  /** Names that begin so: all of them, or an error. */
  list(prefix: string, signal: AbortSignal): AsyncIterable<string>;
  /** What is gone is no error. */
  remove(names: readonly string[], signal: AbortSignal): Promise<void>;
  close(): void;
}

/** Once to be read, or to be thrown away. */
export type StoredBytes = {
  readonly sizeBytes: number;
  readonly body: AsyncIterable<Uint8Array>;
  discard(): void;
};

/** `Missing`: it is not there. `Full`: there is no room. `Refused`: it will not work until somebody changes something. `Away`: it may work later. */
export type StoreErrorCode = "Missing" | "Full" | "Refused" | "Away";

/** A destination did not do what it was asked for. The message is for people. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What is small enough for memory, with a bound on what somebody else may have put there. Throws a {@link StoreError}. */
export async function readWhole(
  store: BackupStore,
  name: string,
  { maxBytes, signal }: { readonly maxBytes: number; readonly signal: AbortSignal },
): Promise<Buffer> {
  const { sizeBytes, body, discard } = await store.read(name, signal);
  if (sizeBytes > maxBytes) {
    discard();
    throw new StoreError("Refused", `The file ${name} is larger than it can be.`);
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Reads it to its end. Throws a {@link StoreError}. */
export async function hashStored(
  store: BackupStore,
  name: string,
  signal: AbortSignal,
): Promise<{ readonly sha256: string; readonly sizeBytes: number }> {
  const { body } = await store.read(name, signal);
  const hash = createHash("sha256");
  let sizeBytes = 0;
  for await (const chunk of body) {
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  return { sha256: hash.digest("hex"), sizeBytes };
}
