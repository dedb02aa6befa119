import type { RunOf } from "../../command/define-command.ts";
import type { api } from "./index.ts";
import { runServer } from "./run-server.ts";

export const run: RunOf<typeof api> = (invocation) => runServer("api", invocation);
