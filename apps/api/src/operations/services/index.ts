import type { OperationContext } from "../../context.ts";
import type { Handlers } from "../../http/handler.ts";
import { createService } from "./create-service.ts";
import { deleteService } from "./delete-service.ts";
import { checkServiceHealth, getServiceHealth, getServiceHealthBatch, getServiceHealthStatus } from "./health.ts";
import { importService, listAvailableContainers } from "./import-service.ts";
import { getServiceProvider, getServiceTypeParameters, listServiceProviders, listServiceTypes } from "./providers.ts";
import { getService, getServiceBySlug, listServices } from "./read-services.ts";
import { revealServiceParameter } from "./reveal-service-parameter.ts";
import { rotateService } from "./rotate-service.ts";
import { startService, stopService } from "./start-service.ts";
import { updateService } from "./update-service.ts";
import { deleteServiceSnapshot, listServiceVersions, rollbackService, upgradeService } from "./upgrade-service.ts";

/** `/api/external-services` */
export function serviceOperations(context: OperationContext) {
  return {
    listServiceTypes,
    getServiceTypeParameters,
    listServiceProviders: listServiceProviders(context),
    getServiceProvider: getServiceProvider(context),
    listServices: listServices(context),
    createService: createService(context),
    listAvailableContainers: listAvailableContainers(context),
    importService: importService(context),
    getServiceHealthBatch: getServiceHealthBatch(context),
    getServiceBySlug: getServiceBySlug(context),
    getService: getService(context),
    updateService: updateService(context),
    deleteService: deleteService(context),
    upgradeService: upgradeService(context),
    rollbackService: rollbackService(context),
    listServiceVersions: listServiceVersions(context),
    deleteServiceSnapshot: deleteServiceSnapshot(context),
    startService: startService(context),
    stopService: stopService(context),
    rotateService: rotateService(context),
    revealServiceParameter: revealServiceParameter(context),
    getServiceHealth: getServiceHealth(context),
    getServiceHealthStatus: getServiceHealthStatus(context),
    checkServiceHealth: checkServiceHealth(context),
  } satisfies Partial<Handlers>;
}
