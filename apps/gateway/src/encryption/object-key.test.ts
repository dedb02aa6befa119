import { toVaultKey } from "@stave/credential-vault";
import { describe, expect, test } from "vitest";
import type { MasterKeys } from "./master-keys.ts";
import { encryptForCustomer, encryptManaged, isManaged, openForCustomer, openManaged } from "./object-key.ts";

describe("the key of an object", () => {
  test("under the master key is another one each time, and is found again", () => {
    const keys = keysOf(1);
    const [one, other] = [encryptManaged(keys), encryptManaged(keys)];

    expect(one.key).not.toEqual(other.key);
    expect(one.key.length).toBe(32);
    expect(isManaged(one.description)).toBe(true);
    expect(Buffer.from(openManaged(one.description, keys))).toEqual(one.key);
    expect(one.hidesMd5).toBeUndefined();
  });

  test("does not open with another master key, which is named, nor when it was changed", () => {
    const { description } = encryptManaged(keysOf(1));

    expect(() => openManaged(description, keysOf(2))).toThrow(`The encryption key ${keysOf(1).current().id}`);
    expect(() => openManaged(`${description.slice(0, -2)}AA`, keysOf(1))).toThrow(
      expect.objectContaining({ name: "VaultError" }),
    );
    expect(() => openManaged("s3.", keysOf(1))).toThrow(expect.objectContaining({ name: "VaultError" }));
  });

  test("of a customer follows from their key and a salt, and from no other key", () => {
    const customer = { bytes: Buffer.alloc(32, 1) };
    const [one, other] = [encryptForCustomer(customer), encryptForCustomer(customer)];

    expect(one.key).not.toEqual(other.key);
    expect(isManaged(one.description)).toBe(false);
    expect(openForCustomer(one.description, customer)).toEqual(one.key);
    expect(openForCustomer(one.description, { bytes: Buffer.alloc(32, 2) })).toBeUndefined();
    expect(openForCustomer("c.", customer)).toBeUndefined();
  });
});

function keysOf(seed: number): MasterKeys {
  const key = toVaultKey(Buffer.alloc(32, seed));
  return { current: () => key, find: (id) => (id === key.id ? key : undefined) };
}
