import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HarnessError } from "../harness-error.ts";
import type { Credentials } from "./s3-client.ts";

const gatewayMain = join(import.meta.dirname, "../../../../apps/gateway/dist/main.js");

/** The command that starts this repository's gateway: an account, two processes that serve, defaults otherwise. */
export async function gatewayCommand(directory: string, credentials: Credentials): Promise<string> {
  if (!existsSync(gatewayMain)) {
    throw new HarnessError(
      "requirement",
      "The gateway is not built: run `npm run build`, or name a server with --start.",
    );
  }
  const users = join(directory, "users.json");
  const account = { id: "a".repeat(64), displayName: "powercut", email: "powercut@example.com", ...credentials };
  await writeFile(users, JSON.stringify([account]), { mode: 0o600 });
  const flags = "--data-dir {data} --port {port} --admin-port 0 --region {region} --workers 2 --log-level warn";
  return `exec ${[process.execPath, gatewayMain].map(quote).join(" ")} ${flags} --users ${quote(users)}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
