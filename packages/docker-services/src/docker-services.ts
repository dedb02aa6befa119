import type { ResourceLimits } from "@stave/resource-limits";
import { type StopOptions, startContainer, stopContainer } from "./change-state.ts";
import { createService } from "./create-service.ts";
import type { Engine } from "./engine.ts";
import { type CallOptions, createEngineClient, type EngineAddress } from "./engine-client.ts";
import { createContext } from "./engine-context.ts";
import { type EngineHost, readHost } from "./engine-host.ts";
import { findImportable, type ImportableContainer, readCredentials } from "./find-importable.ts";
import { type PullOptions, pullImage } from "./pull-image.ts";
import { type LogLine, type LogOptions, readLogs } from "./read-logs.ts";
import { readStats, type StatsResult, type StatsSamples } from "./read-stats.ts";
import { type RemovedService, type RemoveServiceOptions, removeService } from "./remove-service.ts";
import { type ReplaceOptions, type ReplaceResult, replaceContainer } from "./replace-container.ts";
import {
  findReplacement,
  finishReplacement,
  type PrepareOptions,
  prepareReplacement,
  type Replacement,
  rollbackReplacement,
  switchReplacement,
} from "./replacement.ts";
import { type ResolvedImage, resolveImage } from "./resolve-image.ts";
import { inspectContainer, listContainers, type ServiceContainer } from "./service-container.ts";
import type { ServiceSpec } from "./service-spec.ts";
import { type LimitsResult, type UpdateLimitsOptions, updateLimits } from "./update-limits.ts";
import { readVolumeSize, restoreVolume, saveVolume } from "./volume-archive.ts";
import { type WaitHealthyOptions, waitHealthy } from "./wait-healthy.ts";
import { watchEvents } from "./watch-events.ts";

export interface DockerServicesOptions extends EngineAddress {
  /** For each call of the engine that does not take its time by nature. @default 30_000 */
  readonly timeoutMs?: number;
  /** @default Date.now */
  readonly now?: () => number;
}

/**
 * S3 servers in containers of one Docker engine. Nothing is kept here: all that is known of services is in the labels of their
 * containers, volumes and networks, so that any number of processes may use the same engine.
 *
 * @example
 * const docker = createDockerServices();
 * await docker.pull("rustfs/rustfs:1.0.0-alpha.98");
 * const { id } = await docker.create({ id: "7", name: "photos", engine: rustfs, credentials, environment });
 * const { endpoint } = await docker.waitHealthy(id);
 */
export function createDockerServices({ timeoutMs = 30_000, now = Date.now, ...address }: DockerServicesOptions = {}) {
  if (!(timeoutMs > 0)) throw new TypeError(`Expected \`timeoutMs\` to be a number above 0, got ${timeoutMs}`);
  const client = createEngineClient({ timeoutMs, ...address });
  const context = createContext(client, now);
  const samples: StatsSamples = new Map();
  return {
    /** What the engine is and what its machine has, asked for anew: tells at once whether Docker is there. */
    host: (options?: CallOptions): Promise<EngineHost> => readHost(client, options),

    pull: (image: string, options?: PullOptions): Promise<ResolvedImage> => pullImage(context, image, options),
    resolveImage: (image: string, options?: CallOptions): Promise<ResolvedImage> =>
      resolveImage(context, image, options),

    create: (spec: ServiceSpec, options?: CallOptions): Promise<ServiceContainer> =>
      createService(context, spec, options),
    inspect: (id: string, options?: CallOptions): Promise<ServiceContainer> => inspectContainer(context, id, options),
    list: (options?: CallOptions & { readonly serviceId?: string }): Promise<readonly ServiceContainer[]> =>
      listContainers(context, options),
    start: (id: string, options?: CallOptions): Promise<void> => startContainer(context, id, options),
    stop: (id: string, options?: StopOptions): Promise<void> => stopContainer(context, id, options),
    remove: (serviceId: string, options: RemoveServiceOptions): Promise<RemovedService> =>
      removeService(context, serviceId, options),
    waitHealthy: (id: string, options?: WaitHealthyOptions): Promise<ServiceContainer> =>
      waitHealthy(context, id, options),

    findImportable: (options?: CallOptions): Promise<readonly ImportableContainer[]> =>
      findImportable(context, options),
    readCredentials: (options: CallOptions & { readonly id: string; readonly engine: Engine }) =>
      readCredentials(context, options),

    replace: (spec: ServiceSpec, options: ReplaceOptions): Promise<ReplaceResult> =>
      replaceContainer(context, spec, options),
    prepareReplacement: (spec: ServiceSpec, options: PrepareOptions): Promise<Replacement> =>
      prepareReplacement(context, spec, options),
    switchReplacement: (it: Replacement, options?: CallOptions): Promise<void> =>
      switchReplacement(context, it, options),
    finishReplacement: (it: Replacement, options?: CallOptions): Promise<ServiceContainer> =>
      finishReplacement(context, it, options),
    rollbackReplacement: (it: Replacement, options?: CallOptions): Promise<ServiceContainer> =>
      rollbackReplacement(context, it, options),
    findReplacement: (serviceId: string, options?: CallOptions) => findReplacement(context, serviceId, options),

    updateLimits: (id: string, limits: ResourceLimits, options: UpdateLimitsOptions = {}): Promise<LimitsResult> =>
      updateLimits(context, id, limits, { ...options, samples }),
    stats: (ids: readonly string[], options: CallOptions = {}): Promise<readonly StatsResult[]> =>
      readStats(context, ids, { ...options, samples }),
    logs: (id: string, options?: LogOptions): AsyncGenerator<LogLine> => readLogs(context, id, options),
    watchEvents: (options: Parameters<typeof watchEvents>[1]): Promise<void> => watchEvents(context, options),

    volumeSize: (name: string, options?: CallOptions): Promise<number | undefined> =>
      readVolumeSize(context, name, options),
    saveVolume: (options: Parameters<typeof saveVolume>[1]): Promise<void> => saveVolume(context, options),
    restoreVolume: (options: Parameters<typeof restoreVolume>[1]): Promise<void> => restoreVolume(context, options),
  };
}

export type DockerServices = ReturnType<typeof createDockerServices>;
