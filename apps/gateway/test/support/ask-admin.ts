import { callAdmin, type OutgoingAdminCall } from "../../src/process/admin-call.ts";
import { readAdminFile } from "../../src/process/admin-file.ts";
import type { TestGateway } from "./start-gateway.ts";

/** Calls the admin port as who can read the data directory, or with another token. */
export async function askAdmin(
  { dataDirectory }: Pick<TestGateway, "dataDirectory">,
  { token, ...call }: OutgoingAdminCall & { readonly token?: string },
): Promise<Response> {
  const access = await readAdminFile(dataDirectory);
  if (access === undefined) throw new Error("Expected a gateway with an admin port");
  return await callAdmin({ ...access, ...(token !== undefined && { token }) }, call);
}

/** Without a signature. */
export async function askAdminOpenly(
  { dataDirectory }: Pick<TestGateway, "dataDirectory">,
  path: string,
): Promise<Response> {
  const access = await readAdminFile(dataDirectory);
  return await fetch(`${access?.url}${path}`);
}
