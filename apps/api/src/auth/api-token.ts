import { hash, randomBytes } from "node:crypto";
import { permissions } from "@stave/api-contract";
import type { ControlDatabase } from "@stave/control-database";

/** So that scanners of leaked secrets, and people, know what it is. */
const prefix = "stave_";
const tokenBytes = 32;

/** A new random token, and what is kept of it. */
export function createApiToken(): { readonly token: string; readonly tokenHash: string } {
  const token = prefix + randomBytes(tokenBytes).toString("base64url");
  return { token, tokenHash: hashOf(token) };
}

/** SHA-256 is enough: a token has 256 random bits, so that nobody finds it by trying. */
export function hashOf(token: string): string {
  return hash("sha256", token);
}

export function looksLikeToken(text: string): boolean {
  return text.startsWith(prefix) && text.length <= 128;
}

/** The token of the very first start, which may do everything; undefined when there are tokens or users. */
export async function createFirstToken(database: ControlDatabase, createdAt: Date): Promise<string | undefined> {
  const { apiTokens } = database.as("first start");
  if ((await apiTokens.count()) > 0) return undefined;
  const { token, tokenHash } = createApiToken();
  await apiTokens.insert({ tokenHash, name: "administrator", permissions, createdAt });
  return token;
}
