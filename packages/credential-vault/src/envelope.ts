import {
  openBytes,
  readSealed,
  type SealedFormat,
  type SecretContext,
  sealBytes,
  type VaultKey,
} from "./sealed-bytes.ts";
import { VaultError } from "./vault-error.ts";

const format: SealedFormat = { version: "sv1", maxLength: 128 * 1024 };
const maxPlaintextBytes = 64 * 1024;

/** Seals up to 64 KiB. A key may seal 2^32 envelopes; rotate it long before. */
export function sealEnvelope(key: VaultKey, plaintext: string, context: SecretContext): string {
  const bytes = Buffer.from(plaintext);
  if (bytes.length > maxPlaintextBytes) {
    throw new TypeError(`Expected \`plaintext\` to be at most ${maxPlaintextBytes} bytes, got ${bytes.length}`);
  }
  return sealBytes(key, bytes, { format, context });
}

/** Throws `EnvelopeInvalid`, and `EnvelopeTampered` for one that was changed, or sealed with other bytes or for another context. */
export function openEnvelope(key: VaultKey, envelope: string, context: SecretContext): string {
  const plaintext = openBytes(key, readEnvelope(envelope).sealed, { format, context });
  if (plaintext !== undefined) return plaintext.toString("utf8");
  throw new VaultError(
    "EnvelopeTampered",
    `A secret of ${context[0] ?? "the vault"} does not open: it was changed, or belongs to another record.`,
  );
}

/** Which key an envelope was sealed with. Throws `EnvelopeInvalid`. */
export function keyIdOf(envelope: string): string {
  return readEnvelope(envelope).keyId;
}

function readEnvelope(envelope: string): { readonly keyId: string; readonly sealed: Buffer } {
  const read = readSealed(envelope, format);
  if (read !== undefined) return read;
  throw new VaultError("EnvelopeInvalid", `Expected an envelope of version ${format.version}.`);
}
