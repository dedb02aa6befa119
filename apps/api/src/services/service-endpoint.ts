import type { ServiceRecord } from "@stave/control-database";
import type { ApiContext } from "../context.ts";

/** Where this process reaches the S3 of a service. */
export function internalEndpoint({ config }: Pick<ApiContext, "config">, { endpoint }: ServiceRecord): string {
  return endpoint ?? config.gatewayUrl;
}

/** Where clients reach it: what variables and presigned URLs name. */
export function publicEndpoint({ config }: Pick<ApiContext, "config">, service: ServiceRecord): string {
  if (service.publicEndpoint !== undefined) return service.publicEndpoint;
  return service.endpoint ?? config.publicUrl ?? config.gatewayUrl;
}
