import { join } from "node:path";
import type { Config } from "../config.ts";

/** Where the accounts are: the file named by the operator, or the one made on the first start. */
export function usersFile({ usersFile, dataDirectory }: Pick<Config, "usersFile" | "dataDirectory">): string {
  return usersFile ?? join(dataDirectory, "users.json");
}
