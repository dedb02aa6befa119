import type { OperationContext } from "../../context.ts";
import { linkingOperations } from "./linking.ts";
import { rotationOperations } from "./rotation.ts";
import { runtimeCredentialOperations } from "./runtime-credentials.ts";
import { sinkOperations } from "./sinks.ts";
import { variableOperations } from "./variables.ts";

/** What projects are linked to, what they get by it, and how it is renewed. */
export function linkOperations(context: OperationContext) {
  return {
    ...linkingOperations(context),
    ...variableOperations(context),
    ...rotationOperations(context),
    ...runtimeCredentialOperations(context),
    ...sinkOperations(context),
  };
}
