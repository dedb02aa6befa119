import type { OperationContext } from "../context.ts";
import type { Handlers } from "../http/handler.ts";
import { jobOperations } from "./jobs.ts";
import { serviceOperations } from "./services/index.ts";
import { eventOperations } from "./stream-events.ts";
import { systemOperations } from "./system.ts";
import { usageOperations } from "./usage.ts";

/** Every operation of the contract. Each family has a file of its own. */
export function createHandlers(context: OperationContext): Handlers {
  return {
    ...systemOperations(context),
    ...serviceOperations(context),
    ...jobOperations(context),
    ...eventOperations(context),
    ...usageOperations(context),
  };
}
