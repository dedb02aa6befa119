import type { OperationContext } from "../../context.ts";
import type { Handlers } from "../../http/handler.ts";
import { acknowledgeServiceOom } from "./acknowledge-oom.ts";
import { changeServiceResources } from "./change-resources.ts";
import { getServiceLogs } from "./get-logs.ts";
import { getServiceRuntime } from "./get-runtime.ts";
import { getServiceStats } from "./get-stats.ts";
import { recreateService } from "./recreate-service.ts";

/** What containers of services do, use and say. */
export function containerOperations(context: OperationContext) {
  return {
    getServiceRuntime: getServiceRuntime(context),
    getServiceStats: getServiceStats(context),
    changeServiceResources: changeServiceResources(context),
    recreateService: recreateService(context),
    acknowledgeServiceOom: acknowledgeServiceOom(context),
    getServiceLogs: getServiceLogs(context),
  } satisfies Partial<Handlers>;
}
