import type { EngineHost, LimitsResult, ServiceContainer } from "@stave/docker-services";
import { checkLimits, LimitsError, type ResourceLimits } from "@stave/resource-limits";
import { engineOfSpec, openSpec, sealSpec } from "../../containers/container-spec.ts";
import { orDockerProblem } from "../../containers/docker-problem.ts";
import { lookAtContainer } from "../../containers/look-at-container.ts";
import { requireDocker, withPatience } from "../../containers/require-docker.ts";
import { describeLimits, limitNames, showLimits } from "../../containers/show-limits.ts";
import type { OperationContext } from "../../context.ts";
import type { Handler } from "../../http/handler.ts";
import { Problem } from "../../http/problem.ts";
import { refuseUnfinished, requireContained } from "./find-container.ts";
import { refuseBusy } from "./refuse-busy.ts";

type Body = Parameters<Handler<"changeServiceResources">>[0]["body"];

/** What cannot be is refused before anything is stored; what Docker then makes of it is told, and is drift until it is so. */
export function changeServiceResources(context: OperationContext): Handler<"changeServiceResources"> {
  return async ({ caller, params: { id }, query: { force }, body }) => {
    const { service, container } = await requireContained(context, id);
    refuseUnfinished(service);
    await refuseBusy(context, id);
    const stored = await openSpec(context, container);
    const { minMemoryBytes } = engineOfSpec(service, stored);
    const limits = readChange(stored.limits, body);
    const host = await requireDocker(context);
    refuseLimits(limits, { host, minMemoryBytes });
    const seen = await orDockerProblem(withPatience((signal) => lookAtContainer(context, container, signal)));
    if (!force && limits.memoryBytes !== stored.limits.memoryBytes)
      await refuseBelowUse(context, limits, { host, seen });

    const specEnvelope = await sealSpec(context, id, { ...stored, limits });
    await orConflict(
      context.database
        .as(caller.actor)
        .containers.change(
          id,
          { specEnvelope },
          { ifSpecEnvelope: container.specEnvelope, details: { limits: describeLimits(limits) } },
        ),
    );
    const result = await apply(context, seen, limits, { minMemoryBytes, mayBeBelowUse: force });
    const name = seen?.name ?? container.containerName;
    return { status: 200, body: { limits: showLimits(limits), applied: [showResult(id, name, result)] } };
  };
}

const mib = 1024 ** 2;

/** What is left out stays; without a memory limit there is no swap limit either. */
function readChange(before: ResourceLimits, body: Body): ResourceLimits {
  const { memory_mb, memory_swap_mb, nano_cpus, shm_size_mb } = body;
  const bytes = (mb: number | null) => (mb === null ? null : mb * mib);
  const memoryBytes = memory_mb === undefined ? before.memoryBytes : bytes(memory_mb);
  const rest = {
    memoryBytes,
    cpuCores: nano_cpus === undefined ? before.cpuCores : nano_cpus === null ? null : nano_cpus / 1e9,
    pids: before.pids,
    shmBytes: shm_size_mb === undefined ? before.shmBytes : bytes(shm_size_mb),
  };
  if (memory_swap_mb === undefined) {
    return { ...rest, swapExtraBytes: memoryBytes === null ? null : before.swapExtraBytes };
  }
  if (memory_swap_mb === null) return { ...rest, swapExtraBytes: null };
  if (memoryBytes === null) {
    throw refused("memory_swap_mb", "memory_swap_mb is memory and swap together: it needs memory_mb.");
  }
  const extra = memory_swap_mb * mib - memoryBytes;
  if (extra < 0)
    throw refused("memory_swap_mb", "memory_swap_mb is memory and swap together, and less than memory_mb.");
  return { ...rest, swapExtraBytes: extra === 0 ? null : extra };
}

function refused(field: string, message: string): Problem {
  const errors = [{ pointer: `/${field}`, code: "invalid_value", message }];
  return new Problem("INVALID_REQUEST", { detail: message, errors });
}

type Bounds = { readonly host: EngineHost; readonly minMemoryBytes: number };

function refuseLimits(limits: ResourceLimits, { host, minMemoryBytes }: Bounds): void {
  try {
    checkLimits(limits, { host, minMemoryBytes });
  } catch (error) {
    if (!(error instanceof LimitsError)) throw error;
    const names: Readonly<Record<string, string>> = limitNames;
    const errors = error.problems.map(({ field, code, message }) => {
      return { pointer: `/${names[field] ?? field}`, code, message };
    });
    throw new Problem("INVALID_REQUEST", { detail: error.message, errors, cause: error });
  }
}

type Seen = { readonly host: EngineHost; readonly seen: ServiceContainer | undefined };

async function refuseBelowUse(context: OperationContext, limits: ResourceLimits, { host, seen }: Seen): Promise<void> {
  if (seen?.state !== "running" || limits.memoryBytes === null) return;
  const { result } = await context.containerUse.read(seen.id);
  if (result.outcome !== "sampled") return;
  try {
    checkLimits(limits, { host, usedMemoryBytes: result.stats.memoryBytes });
  } catch (error) {
    if (!(error instanceof LimitsError) || error.code !== "BelowUse") throw error;
    throw new Problem("CONFLICT", {
      detail: error.message,
      errors: [{ pointer: "/memory_mb", code: error.code, message: error.message }],
      nextActions: ["Take a higher limit.", "Or stop the service first.", "Or say force=true: it may be killed."],
      cause: error,
    });
  }
}

async function orConflict<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (code !== "ServiceChanged") throw error;
    throw new Problem("CONFLICT", { detail: "The service has changed at the same moment. Try again.", cause: error });
  }
}

async function apply(
  { docker }: OperationContext,
  seen: ServiceContainer | undefined,
  limits: ResourceLimits,
  options: { readonly minMemoryBytes: number; readonly mayBeBelowUse: boolean },
): Promise<LimitsResult> {
  if (seen === undefined) return { outcome: "missing", needsRecreate: [], isExactAfterRecreate: [] };
  return await orDockerProblem(withPatience((signal) => docker.updateLimits(seen.id, limits, { ...options, signal })));
}

function showResult(id: number, name: string, { outcome, error, needsRecreate, isExactAfterRecreate }: LimitsResult) {
  const exact = needsRecreate.length === 0 && isExactAfterRecreate.length === 0 && outcome !== "failed";
  const isThere = outcome !== "missing";
  return {
    role: "standalone" as const,
    container_name: name,
    outcome,
    error: error?.message ?? null,
    exact,
    recreate: exact || !isThere ? null : `/api/external-services/${id}/recreate`,
  };
}
