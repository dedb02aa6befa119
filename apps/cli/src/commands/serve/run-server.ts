import type { Invocation } from "../../command/invocation.ts";
import type { ServerName } from "./find-server.ts";
import { endedWith, requireServers } from "./require-servers.ts";
import { startServer } from "./start-server.ts";

/** One server, or one of its commands, in the place of this process: its streams, its arguments, its exit code. */
export async function runServer(
  name: ServerName,
  invocation: Invocation<{ readonly given: readonly string[] }, unknown>,
): Promise<void> {
  const { arguments: given, environment, signal } = invocation;
  const mains = await requireServers([name], invocation);
  const server = startServer(mains[name], { args: given.given, environment, stdio: "inherit" });
  signal.addEventListener("abort", server.stop);
  const code = await server.ended;
  if (code !== 0) throw endedWith(code, `The ${name} has ended with ${code}.`);
}
