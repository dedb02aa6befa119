import { DockerServicesError } from "./docker-services-error.ts";
import type { EngineContext } from "./engine-context.ts";
import {
  finishReplacement,
  type PrepareOptions,
  prepareReplacement,
  type Replacement,
  rollbackReplacement,
  switchReplacement,
} from "./replacement.ts";
import type { ServiceContainer } from "./service-container.ts";
import type { ServiceSpec } from "./service-spec.ts";
import { waitHealthy } from "./wait-healthy.ts";

export type ReplaceStep = "finish" | "prepare" | "rollback" | "switch" | "verify";

export interface ReplaceOptions extends PrepareOptions {
  /** Called before each step and awaited: the place for a journal. */
  readonly onStep?: (step: ReplaceStep, replacement?: Replacement) => Promise<void> | void;
  /** After the new container is healthy: whatever throws here is a reason to go back. Read and write something through S3. */
  readonly verify?: (container: ServiceContainer) => Promise<void>;
  /** How long the new container, and the old one on the way back, may take until healthy. @default 60_000 */
  readonly healthTimeoutMs?: number;
}

export type ReplaceResult =
  | { readonly outcome: "replaced"; readonly container: ServiceContainer }
  /** The old container serves again, and is healthy. `error` says what was wrong with the new one. */
  | { readonly outcome: "rolledBack"; readonly container: ServiceContainer; readonly error: unknown };

/**
 * Gives a service another container on the same volume: for a new image, new keys, other ports, limits that cannot be changed in
 * place. The new one must become healthy and pass `verify`; if not, or if the signal ends it midway, the old one comes back.
 *
 * Throws, with nothing changed, what `prepareReplacement` throws. Throws `NotHealthy` if the way back failed, too.
 */
export async function replaceContainer(
  context: EngineContext,
  spec: ServiceSpec,
  { containerId, onStep, verify, healthTimeoutMs = 60_000, signal }: ReplaceOptions,
): Promise<ReplaceResult> {
  const options = signal === undefined ? {} : { signal };
  await onStep?.("prepare");
  const replacement = await prepareReplacement(context, spec, { containerId, ...options });
  try {
    await onStep?.("switch", replacement);
    await switchReplacement(context, replacement, options);
    await onStep?.("verify", replacement);
    const container = await waitHealthy(context, replacement.newId, { timeoutMs: healthTimeoutMs, ...options });
    await verify?.(container);
    signal?.throwIfAborted();
  } catch (error) {
    const container = await goBack(context, replacement, { error, healthTimeoutMs, ...(onStep && { onStep }) });
    return { outcome: "rolledBack", container, error };
  }
  await onStep?.("finish", replacement);
  return { outcome: "replaced", container: await finishReplacement(context, replacement) };
}

/** Not to be interrupted: half way back is the worst place of all. */
async function goBack(
  context: EngineContext,
  replacement: Replacement,
  { error, onStep, healthTimeoutMs }: Pick<ReplaceOptions, "onStep"> & { error: unknown; healthTimeoutMs: number },
): Promise<ServiceContainer> {
  try {
    await onStep?.("rollback", replacement);
    const container = await rollbackReplacement(context, replacement);
    // An adopted one says nowhere how it is asked, and one that did not run before does not run now.
    if (container.health === undefined || container.state !== "running") return container;
    return await waitHealthy(context, container.id, { timeoutMs: healthTimeoutMs });
  } catch (second) {
    const text = `${replacement.name} could not be replaced, and the old container did not come back: ${String(second)}`;
    throw new DockerServicesError("NotHealthy", text, { cause: new AggregateError([error, second]) });
  }
}
