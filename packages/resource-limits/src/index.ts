export { formatByteSize, parseByteSize } from "./byte-size.ts";
export { type CheckLimitsOptions, checkLimits, minCpuCores, minMemoryBytes, minPids } from "./check-limits.ts";
export { findDrift, type LimitChange, type LimitDrift, planChange } from "./compare-limits.ts";
export {
  type DockerLimits,
  type DockerUpdate,
  fromDockerLimits,
  toDockerLimits,
  toDockerUpdate,
} from "./docker-limits.ts";
export { type LimitProblem, type LimitProblemCode, LimitsError } from "./limits-error.ts";
export { type LimitInput, parseLimits } from "./parse-limits.ts";
export { type Host, type LimitField, limitFields, type ResourceLimits, unlimited } from "./resource-limits.ts";
