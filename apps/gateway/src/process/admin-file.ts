import { randomBytes } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Where the admin listener of a running server is, and what calls of the part of it that shows what is stored are signed with. */
export type AdminAccess = { readonly url: string; readonly token: string; readonly region: string };

const fileName = "admin.json";

/** Only for who may read the data directory, and could so read all of it. */
export function createAdminToken(): string {
  return randomBytes(32).toString("base64url");
}

/** Writes it for commands that are run on the directory while the server has it. */
export async function writeAdminFile(dataDirectory: string, access: AdminAccess): Promise<void> {
  const file = join(dataDirectory, fileName);
  await rm(`${file}.new`, { force: true }); // its mode would stay
  await writeFile(`${file}.new`, `${JSON.stringify(access)}\n`, { mode: 0o600, flag: "wx" });
  await rename(`${file}.new`, file);
}

export async function removeAdminFile(dataDirectory: string): Promise<void> {
  await rm(join(dataDirectory, fileName), { force: true });
}

/** Undefined when no server has written it. */
export async function readAdminFile(dataDirectory: string): Promise<AdminAccess | undefined> {
  try {
    const content: Partial<AdminAccess> = JSON.parse(await readFile(join(dataDirectory, fileName), "utf8"));
    const { url, token, region } = content;
    if (typeof url !== "string" || typeof token !== "string" || typeof region !== "string") return undefined;
    return { url, token, region };
  } catch {
    return undefined; // the caller has the better reason: somebody else has the directory
  }
}
