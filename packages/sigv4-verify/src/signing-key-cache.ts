// Deriving a signing key: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";

/** What a signing key is derived from; the access key id only tells cache entries apart. */
export type SigningKeyInput = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
};

/** Derived signing keys, the least recently used dropped first. Holds no secret access key. */
export interface SigningKeyCache {
  /** The key from the cache or freshly derived. A changed secret is another entry: it never finds the old key. */
  keyFor(input: SigningKeyInput): KeyObject;
  clear(): void;
  readonly size: number;
}

export interface SigningKeyCacheOptions {
  /** @default 1000 */
  readonly maxKeys?: number;
}

/** Creates the cache that {@link verifyRequest} takes as `signingKeys`: one per process, for all requests. */
export function createSigningKeyCache({ maxKeys = 1000 }: SigningKeyCacheOptions = {}): SigningKeyCache {
  if (!Number.isSafeInteger(maxKeys) || maxKeys < 1) {
    throw new TypeError(`Expected \`maxKeys\` to be a whole number from 1, got ${maxKeys}`);
  }
  // A Map keeps insertion order: what is used moves to the end, so the first entry is the oldest.
  const keys = new Map<string, KeyObject>();

  return {
    keyFor(input) {
      const { accessKeyId, secretAccessKey, date, region, service } = input;
      const id = `${hash("sha256", secretAccessKey)}/${date}/${region}/${service}/${accessKeyId}`;
      const cached = keys.get(id);
      if (cached) keys.delete(id);
      const key = cached ?? deriveSigningKey(input);
      keys.set(id, key);
      if (keys.size > maxKeys) keys.delete(keys.keys().next().value ?? id);
      return key;
    },
    clear() {
      keys.clear();
    },
    get size() {
      return keys.size;
    },
  };
}

export function deriveSigningKey({ secretAccessKey, date, region, service }: SigningKeyInput): KeyObject {
  let key = createHmac("sha256", `AWS4${secretAccessKey}`).update(date).digest();
  for (const part of [region, service, "aws4_request"]) key = createHmac("sha256", key).update(part).digest();
  // A KeyObject, because an HMAC with a raw Buffer key takes four times as long on Node 24.
  return createSecretKey(key);
}
