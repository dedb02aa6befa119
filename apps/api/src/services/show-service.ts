import type { ContainerRecord, ServiceRecord } from "@stave/control-database";
import { showContainer } from "../containers/show-container.ts";
import type { ApiContext } from "../context.ts";
import { parameterSchema } from "./parameter-schema.ts";
import { findInternalEndpoint, findPublicEndpoint } from "./service-endpoint.ts";

/** A service as the API shows it. */
export function showService(context: Pick<ApiContext, "config">, service: ServiceRecord) {
  return {
    id: service.id,
    name: service.name,
    slug: service.slug,
    service_type: "s3" as const,
    engine: service.engine,
    version: service.version ?? null,
    status: service.status,
    status_reason: service.statusReason ?? null,
    region: service.region,
    endpoint: findInternalEndpoint(context, service) ?? null,
    public_endpoint: findPublicEndpoint(context, service) ?? null,
    network_endpoint: service.networkEndpoint ?? null,
    access_key: service.accessKeyId ?? null,
    created_at: service.createdAt.toISOString(),
    updated_at: service.updatedAt.toISOString(),
  };
}

/** With what it is made of. */
export async function showServiceDetail(context: Pick<ApiContext, "config" | "database">, service: ServiceRecord) {
  const container = await context.database.as("system").containers.find(service.id);
  const { engine, region, endpoint, publicEndpoint: named, accessKeyId, parameters } = service;
  return {
    service: showService(context, service),
    container: container === undefined ? null : showContainer(container, service),
    parameter_schema: parameterSchema(engine),
    current_parameters: {
      engine,
      region,
      ...parameters,
      ...(container !== undefined && containerParametersOf(container)),
      ...(endpoint !== undefined && { endpoint }),
      ...(named !== undefined && { public_endpoint: named }),
      ...(accessKeyId !== undefined && { access_key: accessKeyId, secret_key: "***" }),
    },
  };
}

function containerParametersOf({ image, publish, apiPort, consolePort }: ContainerRecord) {
  return {
    docker_image: image,
    publish,
    ...(apiPort !== undefined && { port: apiPort }),
    ...(consolePort !== undefined && { console_port: consolePort }),
  };
}

/** For If-Match. */
export function etagOf({ id, revision }: ServiceRecord): string {
  return `"${id}-${revision}"`;
}
