import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

export const tokenWanted = "Send `Authorization: Bearer TOKEN` with the token of admin.json in the data directory.";

/** The one check for the parts of the admin port that show what is stored or asked: the port is open to every user of the machine. */
export function hasAdminToken({ headers }: IncomingMessage, token: string): boolean {
  const sent = Buffer.from(headers.authorization ?? "");
  const expected = Buffer.from(`Bearer ${token}`);
  return sent.length === expected.length && timingSafeEqual(sent, expected);
}
