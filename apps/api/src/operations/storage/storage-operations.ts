import type { OperationContext } from "../../context.ts";
import { bucketOperations } from "./bucket-operations.ts";
import { configOperations } from "./config-operations.ts";
import { gatewayOperations } from "./gateway-operations.ts";
import { objectCopies } from "./object-copies.ts";
import { objectOperations } from "./object-operations.ts";
import { settingOperations } from "./setting-operations.ts";
import { strategyOperations } from "./strategy-operations.ts";
import { versionOperations } from "./version-operations.ts";

/** Buckets and objects, through the S3 of the service that has them: there is no second record of what is stored. */
export function storageOperations(context: OperationContext) {
  return {
    ...configOperations(context),
    ...bucketOperations(context),
    ...objectOperations(context),
    ...objectCopies(context),
    ...versionOperations(context),
    ...settingOperations(context),
    ...gatewayOperations(context),
    ...strategyOperations(context),
  };
}
