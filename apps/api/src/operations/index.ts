import type { OperationContext } from "../context.ts";
import type { Handlers } from "../http/handler.ts";
import { systemOperations } from "./system.ts";

/** Every operation of the contract. Each family has a file of its own. */
export function createHandlers(context: OperationContext): Handlers {
  return {
    ...systemOperations(context),
  };
}
