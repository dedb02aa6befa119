import type { ServiceRecord } from "@stave/control-database";
import type { ApiContext } from "../context.ts";
import { parameterSchema } from "./parameter-schema.ts";
import { internalEndpoint, publicEndpoint } from "./service-endpoint.ts";

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
    endpoint: internalEndpoint(context, service),
    public_endpoint: publicEndpoint(context, service),
    access_key: service.accessKeyId ?? null,
    created_at: service.createdAt.toISOString(),
    updated_at: service.updatedAt.toISOString(),
  };
}

/** With what it is made of. */
export function showServiceDetail(context: Pick<ApiContext, "config">, service: ServiceRecord) {
  const { engine, region, endpoint, publicEndpoint: named, accessKeyId, parameters } = service;
  return {
    service: showService(context, service),
    parameter_schema: parameterSchema(engine),
    current_parameters: {
      engine,
      region,
      ...parameters,
      ...(endpoint !== undefined && { endpoint }),
      ...(named !== undefined && { public_endpoint: named }),
      ...(accessKeyId !== undefined && { access_key: accessKeyId, secret_key: "***" }),
    },
  };
}

/** For If-Match. */
export function etagOf({ id, revision }: ServiceRecord): string {
  return `"${id}-${revision}"`;
}
