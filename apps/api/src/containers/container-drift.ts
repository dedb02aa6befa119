import { defaultPids, type ServiceContainer } from "@stave/docker-services";
import { findDrift, type ResourceLimits } from "@stave/resource-limits";
import { limitNames } from "./show-limits.ts";

/** Where a container is not limited as configured, in the words of the API. */
export function findContainerDrift(configured: ResourceLimits, { limits }: Pick<ServiceContainer, "limits">) {
  const full = (of: ResourceLimits): ResourceLimits => ({ ...of, pids: of.pids ?? defaultPids });
  return findDrift(full(configured), full(limits)).map(({ field }) => limitNames[field]);
}
