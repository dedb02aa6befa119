import { randomBytes } from "node:crypto";
import type { ApiContext } from "../context.ts";

const name = "idempotency/hash-key";
const keyBytes = 32;

/**
 * What requests with an `Idempotency-Key` are hashed with: one key for all processes, sealed with the others. A bare hash of a request with a
 * password would be a fast way to try passwords for who has a copy of the database.
 */
export async function openRequestHashKey({ database, vault }: Pick<ApiContext, "database" | "vault">): Promise<Buffer> {
  const { secrets } = database.as("first start");
  const find = async () => (await secrets.list(name)).find((secret) => secret.name === name);
  if ((await find()) === undefined) {
    const key = randomBytes(keyBytes).toString("base64url");
    await secrets.insert(name, await vault.seal(key, secrets.contextOf(name))); // another process may be first: its key stays
  }
  const found = await find();
  if (found === undefined) throw new Error("The key that requests are hashed with was removed");
  return Buffer.from(await vault.open(found.envelope, secrets.contextOf(name)), "base64url");
}
