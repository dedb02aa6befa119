import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import { VaultError } from "./vault-error.ts";

// version "." key id "." base64url(nonce ‖ ciphertext ‖ tag). The version and the key id are authenticated with the rest.
// AES-256-GCM: https://nvlpubs.nist.gov/nistpubs/Legacy/SP/nistspecialpublication800-38d.pdf
const version = "sv1";
const nonceBytes = 12;
const tagBytes = 16;
const maxPlaintextBytes = 64 * 1024;
const shape = /^sv1\.([0-9a-f]{16})\.([A-Za-z0-9_-]+)$/;
const maxEnvelopeLength = 128 * 1024;

/** One key of the vault: 32 bytes, and what envelopes call it. */
export type VaultKey = { readonly id: string; readonly bytes: Uint8Array };

/**
 * Whose secret it is, as in `["access_keys", "secret", "AKIA…"]`: an envelope that is copied to another record does not open
 * there.
 */
export type SecretContext = readonly string[];

/** Names a key of 32 bytes. The id is computed from it, so that a key with a flipped bit is noticed. */
export function toVaultKey(bytes: Uint8Array): VaultKey {
  return { id: createHmac("sha256", bytes).update("stave vault key id").digest("hex").slice(0, 16), bytes };
}

/** Seals up to 64 KiB. A key may seal 2^32 envelopes; rotate it long before. */
export function sealEnvelope(key: VaultKey, plaintext: string, context: SecretContext): string {
  const bytes = Buffer.from(plaintext);
  if (bytes.length > maxPlaintextBytes) {
    throw new TypeError(`Expected \`plaintext\` to be at most ${maxPlaintextBytes} bytes, got ${bytes.length}`);
  }
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key.bytes, nonce, { authTagLength: tagBytes });
  cipher.setAAD(associatedData(key.id, context));
  const sealed = Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  return `${version}.${key.id}.${sealed.toString("base64url")}`;
}

/** Throws `EnvelopeInvalid`, and `EnvelopeTampered` for one that was changed, or sealed with other bytes or for another context. */
export function openEnvelope(key: VaultKey, envelope: string, context: SecretContext): string {
  const sealed = readEnvelope(envelope).sealed;
  const decipher = createDecipheriv("aes-256-gcm", key.bytes, sealed.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(associatedData(key.id, context));
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  try {
    const plaintext = [decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()];
    return Buffer.concat(plaintext).toString("utf8");
  } catch {
    throw new VaultError(
      "EnvelopeTampered",
      `A secret of ${context[0] ?? "the vault"} does not open: it was changed, or belongs to another record.`,
    );
  }
}

/** Which key an envelope was sealed with. Throws `EnvelopeInvalid`. */
export function keyIdOf(envelope: string): string {
  return readEnvelope(envelope).keyId;
}

function readEnvelope(envelope: string): { readonly keyId: string; readonly sealed: Buffer } {
  const [, keyId, text] = (envelope.length <= maxEnvelopeLength && shape.exec(envelope)) || [];
  const sealed = Buffer.from(text ?? "", "base64url");
  // Decoding skips what is no base64; two texts of one envelope must not exist.
  const isCanonical = text !== undefined && sealed.toString("base64url") === text;
  if (keyId === undefined || !isCanonical || sealed.length < nonceBytes + tagBytes) {
    throw new VaultError("EnvelopeInvalid", `Expected an envelope of version ${version}.`);
  }
  return { keyId, sealed };
}

/** JSON, so that no two contexts have the same bytes. */
function associatedData(keyId: string, context: SecretContext): Buffer {
  return Buffer.from(JSON.stringify([version, keyId, ...context]));
}
