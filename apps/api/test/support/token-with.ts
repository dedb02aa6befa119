import { join } from "node:path";
import type { Permission } from "@stave/api-contract";
import { openControlDatabase } from "@stave/control-database";
import type { TestGateway } from "../../../gateway/test/support/start-gateway.ts";
import { createApiToken } from "../../src/auth/api-token.ts";

/** A token that may do only this. */
export async function tokenWith(
  { dataDirectory }: Pick<TestGateway, "dataDirectory">,
  permissions: readonly Permission[],
): Promise<string> {
  const database = await openControlDatabase({ at: { file: join(dataDirectory, "control.sqlite") } });
  try {
    const { token, tokenHash } = createApiToken();
    const name = permissions.join(" ");
    await database.as("test").apiTokens.insert({ tokenHash, name, permissions, createdAt: new Date() });
    return token;
  } finally {
    await database.close();
  }
}
