import {
  checkLimits,
  findDrift,
  type LimitField,
  LimitsError,
  planChange,
  type ResourceLimits,
} from "@stave/resource-limits";
import { withDefaultPids } from "./container-options.ts";
import { DockerServicesError, hasCode } from "./docker-services-error.ts";
import { type CallOptions, containerPath } from "./engine-client.ts";
import type { EngineContext } from "./engine-context.ts";
import { readStats, type StatsSamples } from "./read-stats.ts";
import { findContainer, type ServiceContainer } from "./service-container.ts";

export interface UpdateLimitsOptions extends CallOptions {
  /** Of the engine. @default 64 MiB */
  readonly minMemoryBytes?: number;
  /** Also less memory than is in use now, for which control groups of version 2 kill, and those of version 1 refuse. @default false */
  readonly mayBeBelowUse?: boolean;
}

export interface LimitsResult {
  /**
   * `applied`: in force, read back. `stopped`: in force from the next start. `missing`: there is no such container. `failed`: nothing
   * has changed, see `error`. `requires_recreate`: what can be changed in place was; `needsRecreate` was not.
   */
  readonly outcome: "applied" | "failed" | "missing" | "requires_recreate" | "stopped";
  readonly error?: DockerServicesError;
  readonly needsRecreate: readonly LimitField[];
  /** No longer limited but by what the machine has now; with a new container they would be without limit exactly. */
  readonly isExactAfterRecreate: readonly LimitField[];
}

/** Changes what a container may use while it runs, and looks whether Docker has done it. Does not throw for what one container does. */
export async function updateLimits(
  context: EngineContext,
  id: string,
  limits: ResourceLimits,
  options: UpdateLimitsOptions & { readonly samples: StatsSamples },
): Promise<LimitsResult> {
  const nothing = { needsRecreate: [], isExactAfterRecreate: [] };
  try {
    const container = await findContainer(context, id, options);
    if (container === undefined) return { outcome: "missing", ...nothing };
    return await update(context, container, limits, options);
  } catch (error) {
    if (hasCode(error, "ContainerNotFound")) return { outcome: "missing", ...nothing };
    if (error instanceof DockerServicesError) return { outcome: "failed", error, ...nothing };
    throw error;
  }
}

async function update(
  context: EngineContext,
  container: ServiceContainer,
  limits: ResourceLimits,
  {
    minMemoryBytes,
    mayBeBelowUse = false,
    samples,
    ...options
  }: UpdateLimitsOptions & { readonly samples: StatsSamples },
): Promise<LimitsResult> {
  const host = await context.host();
  const [sample] =
    container.state === "running" && !mayBeBelowUse
      ? await readStats(context, [container.id], { samples, ...options })
      : [];
  const usedMemoryBytes = sample?.outcome === "sampled" ? sample.stats.memoryBytes : 0;
  refuse(() => checkLimits(limits, { host, usedMemoryBytes, ...(minMemoryBytes !== undefined && { minMemoryBytes }) }));

  const wanted = withDefaultPids(limits);
  const change = planChange(withDefaultPids(container.limits), wanted, host);
  const { needsRecreate, isExactAfterRecreate } = change;
  if (change.update !== undefined) {
    await context.client.request("POST", `${containerPath(container.id)}/update`, { body: change.update, ...options });
    await readBack(context, container.id, wanted, { needsRecreate, isSwapLimited: host.isSwapLimited, ...options });
  }
  const outcome = container.state === "running" ? "applied" : "stopped";
  return { outcome: needsRecreate.length > 0 ? "requires_recreate" : outcome, needsRecreate, isExactAfterRecreate };
}

function refuse(check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof LimitsError)) throw error;
    throw new DockerServicesError("LimitRefused", error.message, { cause: error });
  }
}

/** Docker answers 200 to several updates that it ignores. */
async function readBack(
  context: EngineContext,
  id: string,
  wanted: ResourceLimits,
  {
    needsRecreate,
    isSwapLimited,
    ...options
  }: CallOptions & { readonly needsRecreate: readonly LimitField[]; readonly isSwapLimited: boolean },
): Promise<void> {
  const container = await findContainer(context, id, options);
  if (container === undefined) throw new DockerServicesError("ContainerNotFound", "The container has gone meanwhile.");
  const isExpected = (field: LimitField) =>
    needsRecreate.includes(field) || (field === "swapExtraBytes" && !isSwapLimited);
  const ignored = findDrift(wanted, withDefaultPids(container.limits)).filter(({ field }) => !isExpected(field));
  if (ignored.length === 0) return;
  const fields = ignored.map(({ field }) => field).join(", ");
  throw new DockerServicesError("LimitRefused", `Docker accepted the limits and did not apply ${fields}.`);
}
