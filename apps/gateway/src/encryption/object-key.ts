import { hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import { keyIdOf, openEnvelope, sealEnvelope } from "@stave/credential-vault";
import type { ObjectEncryption } from "@stave/object-store";
import type { MasterKeys } from "./master-keys.ts";

// How the key of an object is found again, as the store keeps it with the object:
//   s3.<envelope of the key>             SSE-S3, under the master key
//   c.<salt>.<what a right key yields>   SSE-C, from the key that every request brings

const managedPrefix = "s3.";
const customerPrefix = "c.";
const keyBytes = 32;
const saltBytes = 16;
/** Not the name of the object: copies share the envelope, and a renamed object keeps it. */
const context = ["objects", "key"];

/** A key that requests bring. */
export type CustomerKey = { readonly bytes: Uint8Array };

/** SSE-S3: a random key, kept under the master key. */
export function encryptManaged(keys: MasterKeys): ObjectEncryption {
  const key = randomBytes(keyBytes);
  return { key, description: managedPrefix + sealEnvelope(keys.current(), key.toString("base64"), context) };
}

/** SSE-C: a key that follows from the customer's, which is not kept. Nor is the MD5 of the bytes, as on AWS. */
export function encryptForCustomer(customer: CustomerKey): ObjectEncryption {
  const salt = randomBytes(saltBytes);
  const { key, verifier } = derive(customer, salt);
  const description = `${customerPrefix}${salt.toString("base64url")}.${verifier.toString("base64url")}`;
  return { key, description, hidesMd5: true };
}

export function isManaged(description: string): boolean {
  return description.startsWith(managedPrefix);
}

/** Throws when the master key is not there or the envelope was changed. */
export function openManaged(description: string, keys: MasterKeys): Uint8Array {
  const envelope = description.slice(managedPrefix.length);
  const id = keyIdOf(envelope);
  const masterKey = keys.find(id);
  if (masterKey === undefined)
    throw new Error(`The encryption key ${id}, which an object is encrypted with, is not there`);
  return Buffer.from(openEnvelope(masterKey, envelope, context), "base64");
}

/** Undefined when it is not the key that the object was written with. */
export function openForCustomer(description: string, customer: CustomerKey): Uint8Array | undefined {
  const [salt = "", expected = ""] = description.slice(customerPrefix.length).split(".");
  const { key, verifier } = derive(customer, Buffer.from(salt, "base64url"));
  const wanted = Buffer.from(expected, "base64url");
  return wanted.length === verifier.length && timingSafeEqual(wanted, verifier) ? key : undefined;
}

function derive({ bytes }: CustomerKey, salt: Uint8Array): { readonly key: Buffer; readonly verifier: Buffer } {
  const derived = Buffer.from(hkdfSync("sha256", bytes, salt, "stave customer key 1", 2 * keyBytes));
  return { key: derived.subarray(0, keyBytes), verifier: derived.subarray(keyBytes) };
}
