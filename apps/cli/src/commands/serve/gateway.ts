import type { RunOf } from "../../command/define-command.ts";
import type { gateway } from "./index.ts";
import { runServer } from "./run-server.ts";

export const run: RunOf<typeof gateway> = (invocation) => runServer("gateway", invocation);
