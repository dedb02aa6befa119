// AES-256-GCM: https://nvlpubs.nist.gov/nistpubs/Legacy/SP/nistspecialpublication800-38d.pdf
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";

/** One key of the vault, or of session tokens: 32 bytes, and what sealed texts call it. */
export type VaultKey = { readonly id: string; readonly bytes: Uint8Array };

/**
 * Whose secret it is, as in `["access_keys", "secret", "AKIA…"]`: an envelope that is copied to another record does not open
 * there.
 */
export type SecretContext = readonly string[];

/** A text `version.key id.base64url(nonce ‖ ciphertext ‖ tag)`. Version, key id and context are authenticated with the rest. */
export type SealedFormat = { readonly version: string; readonly maxLength: number };

const nonceBytes = 12;
const tagBytes = 16;

/** Names a key of 32 bytes. The id is computed from it, so that a key with a flipped bit is noticed. */
export function toVaultKey(bytes: Uint8Array): VaultKey {
  return { id: createHmac("sha256", bytes).update("stave vault key id").digest("hex").slice(0, 16), bytes };
}

type Sealing = { readonly format: SealedFormat; readonly context: SecretContext };

export function sealBytes(key: VaultKey, plaintext: Uint8Array, { format, context }: Sealing): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key.bytes, nonce, { authTagLength: tagBytes });
  cipher.setAAD(associatedData(format, key.id, context));
  const sealed = Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  return `${format.version}.${key.id}.${sealed.toString("base64url")}`;
}

/** Undefined when it was changed, or sealed with other bytes or for another context. */
export function openBytes(key: VaultKey, sealed: Buffer, { format, context }: Sealing): Buffer | undefined {
  const decipher = createDecipheriv("aes-256-gcm", key.bytes, sealed.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(associatedData(format, key.id, context));
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()]);
  } catch {
    return undefined; // there is one reason only, and it says no more
  }
}

/** Undefined for what is no text of this format; what is one has still to be opened. */
export function readSealed(
  text: string,
  { version, maxLength }: SealedFormat,
): { readonly keyId: string; readonly sealed: Buffer } | undefined {
  if (text.length > maxLength) return undefined;
  const [, readVersion, keyId, encoded] = shape.exec(text) ?? [];
  if (readVersion !== version || keyId === undefined || encoded === undefined) return undefined;
  const sealed = Buffer.from(encoded, "base64url");
  // Decoding skips what is no base64; two texts of one secret must not exist.
  const isCanonical = sealed.toString("base64url") === encoded;
  return isCanonical && sealed.length >= nonceBytes + tagBytes ? { keyId, sealed } : undefined;
}

const shape = /^([a-z0-9]+)\.([0-9a-f]{16})\.([A-Za-z0-9_-]+)$/;

/** JSON, so that no two contexts have the same bytes. */
function associatedData({ version }: SealedFormat, keyId: string, context: SecretContext): Buffer {
  return Buffer.from(JSON.stringify([version, keyId, ...context]));
}
