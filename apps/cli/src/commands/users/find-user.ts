import type { ApiClient } from "../../api/api-client.ts";
import { listAll } from "../../api/list-all.ts";
import { findOne } from "../../command/find-one.ts";

/** By id, or by the address, whichever its letters. */
export async function findUser({ call }: ApiClient, named: string) {
  const users = await listUsers({ call });
  const address = users.find(({ email }) => email.toLowerCase() === named.toLowerCase())?.email ?? named;
  return findOne(users, address, { what: "user", nameOf: ({ email }) => email, list: "stave users list" });
}

export async function listUsers({ call }: Pick<ApiClient, "call">) {
  return await listAll((query) => call("get /api/users", { query }));
}
