import type { ServiceRecord } from "@stave/control-database";
import type { ApiContext } from "../context.ts";
import { Problem } from "../http/problem.ts";

/** Where this process reaches the S3 of a service. Throws a {@link Problem} while that is not known. */
export function internalEndpoint(context: Pick<ApiContext, "config">, service: ServiceRecord): string {
  return required(findInternalEndpoint(context, service), service);
}

/** Undefined: it has no address yet. */
export function findInternalEndpoint(
  { config }: Pick<ApiContext, "config">,
  { endpoint, engine }: ServiceRecord,
): string | undefined {
  return endpoint ?? (engine === "stave" ? config.gatewayUrl : undefined);
}

/** Where clients reach it: what variables and presigned URLs name. */
export function publicEndpoint(context: Pick<ApiContext, "config">, service: ServiceRecord): string {
  return required(findPublicEndpoint(context, service), service);
}

export function findPublicEndpoint(context: Pick<ApiContext, "config">, service: ServiceRecord): string | undefined {
  if (service.publicEndpoint !== undefined) return service.publicEndpoint;
  const ofGateway = service.engine === "stave" ? context.config.publicUrl : undefined;
  return service.endpoint ?? ofGateway ?? findInternalEndpoint(context, service);
}

/** Where containers reach it that share its network. Throws a {@link Problem} when it has none. */
export function networkEndpoint(_: unknown, { networkEndpoint: endpoint, name }: ServiceRecord): string {
  if (endpoint !== undefined) return endpoint;
  throw new Problem("UNPROCESSABLE", { detail: `${name} is in no network of containers.` });
}

/** The address that variables name unless it is said otherwise: applications reach a container by its name, in its network. */
export function usualEndpoint({ networkEndpoint: endpoint }: ServiceRecord): "network" | "public" {
  return endpoint === undefined ? "public" : "network";
}

function required(endpoint: string | undefined, { name, status }: ServiceRecord): string {
  if (endpoint !== undefined) return endpoint;
  throw new Problem("CONFLICT", { detail: `The service ${name} has no address yet: it is ${status}.` });
}
