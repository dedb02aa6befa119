import { randomBytes } from "node:crypto";
import type { AccessKeyPair } from "@stave/credential-vault";
import { accessKeysFor, type Control } from "./open-control.ts";

const actor = "first start";

/** The account of the first start, with a key that opens everything it owns. The only time that its secret can be read. */
export async function createFirstAccount(control: Control): Promise<AccessKeyPair> {
  const id = randomBytes(32).toString("hex");
  await control.database.as(actor).accounts.insert({ id, displayName: "root", createdAt: new Date() });
  return await accessKeysFor(actor, control).issue({ ownerId: id, description: "made on the first start" });
}
