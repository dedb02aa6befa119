import { type DockerUpdate, toDockerUpdate } from "./docker-limits.ts";
import { type Host, type LimitField, limitFields, type ResourceLimits } from "./resource-limits.ts";

/** A limit that is not what it should be. */
export type LimitDrift = {
  readonly field: LimitField;
  readonly configured: number | null;
  readonly applied: number | null;
};

/** Where a container is not limited as configured; none when all is well. No swap is the same as a swap of nothing. */
export function findDrift(configured: ResourceLimits, applied: ResourceLimits): readonly LimitDrift[] {
  return limitFields
    .filter((field) => normalized(configured, field) !== normalized(applied, field))
    .map((field) => ({ field, configured: configured[field], applied: applied[field] }));
}

/** How limits of a running container can be changed. */
export type LimitChange = {
  /** What to send, if anything can be changed while the container runs. */
  readonly update: DockerUpdate | undefined;
  /** What takes a new container. */
  readonly needsRecreate: readonly LimitField[];
  /**
   * What becomes as good as unlimited, and exactly so with a new container: the update says "all that the host has", and then
   * there is no swap, and no more when the host grows.
   */
  readonly isExactAfterRecreate: readonly LimitField[];
};

export function planChange(current: ResourceLimits, wanted: ResourceLimits, host: Host): LimitChange {
  const changed = findDrift(wanted, current).map(({ field }) => field);
  const needsRecreate = changed.filter((field) => field === "shmBytes");
  const live = changed.filter((field) => field !== "shmBytes");
  return {
    update: live.length === 0 ? undefined : toDockerUpdate(wanted, host),
    needsRecreate,
    isExactAfterRecreate: live.filter(
      (field) => wanted[field] === null && field !== "pids" && field !== "swapExtraBytes",
    ),
  };
}

function normalized(limits: ResourceLimits, field: LimitField): number | null {
  if (field !== "swapExtraBytes") return limits[field];
  return limits.memoryBytes === null ? null : (limits.swapExtraBytes ?? 0);
}
