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
  type UnfinishedReplacement,
} from "./replacement.ts";
import { type ResolvedImage, resolveImage } from "./resolve-image.ts";
import { inspectContainer, listContainers, type ServiceContainer } from "./service-container.ts";
import type { ServiceSpec } from "./service-spec.ts";
import { type LimitsResult, type UpdateLimitsOptions, updateLimits } from "./update-limits.ts";
import {
  type CopyVolumeOptions,
  copyVolume,
  type RestoreVolumeOptions,
  readVolumeSize,
  removeOwnVolume,
  restoreVolume,
  type SaveVolumeOptions,
  saveVolume,
} from "./volume-archive.ts";
import { type WaitHealthyOptions, waitHealthy } from "./wait-healthy.ts";
import { type WatchOptions, watchEvents } from "./watch-events.ts";

export interface DockerServicesOptions extends EngineAddress {
  /** For each call of the engine that does not take its time by nature. @default 30_000 */
  readonly timeoutMs?: number;
  /** @default Date.now */
  readonly now?: () => number;
}

/** Containers are named by their id of 64 digits, services by the `id` of their spec. All fails with a `DockerServicesError`. */
export interface DockerServices {
  /** What the engine is and what its machine has, asked for anew: tells at once whether Docker is there. */
  host(options?: CallOptions): Promise<EngineHost>;

  /** Fetches an image. `PullFailed` and `ImageNotFound` are the usual failures; the digest in the result is what to pin. */
  pull(image: string, options?: PullOptions): Promise<ResolvedImage>;
  /** Looks an image up on this machine. `ImageNotFound`, `ImageWrongArchitecture`. */
  resolveImage(image: string, options?: CallOptions): Promise<ResolvedImage>;

  /**
   * Makes network, volume and container of a service, and starts it; called again it completes what is there. What it has made
   * goes again if it fails: `InvalidSpec`, `LimitRefused`, `ImageNotFound`, `ImageInvalid`, `ImageWrongArchitecture`, `PortTaken`,
   * `NameTaken`, `StartFailed`, `DiskFull`, and `Conflict` for what belongs to somebody else or was made from another spec.
   */
  create(spec: ServiceSpec, options?: CallOptions): Promise<ServiceContainer>;
  /** A container as it is now. `ContainerNotFound`. */
  inspect(id: string, options?: CallOptions): Promise<ServiceContainer>;
  /** The containers of one service or of all, none that this package has not made. */
  list(options?: CallOptions & { readonly serviceId?: string }): Promise<readonly ServiceContainer[]>;
  /** Nothing happens if it runs. `ContainerNotFound`, `PortTaken`, `StartFailed`. */
  start(id: string, options?: CallOptions): Promise<void>;
  /** Nothing happens if it does not run; it then stays so when the engine is restarted. */
  stop(id: string, options?: StopOptions): Promise<void>;
  /** Removes all that carries the id of the service, data only if asked to. May be called again. */
  remove(serviceId: string, options: RemoveServiceOptions): Promise<RemovedService>;
  /** Waits until the server answers over HTTP, or has died: `NotHealthy` with exit code and last words. */
  waitHealthy(id: string, options?: WaitHealthyOptions): Promise<ServiceContainer>;

  /** Containers with S3 servers that this package has not made. Adopt one by `replace`. */
  findImportable(options?: CallOptions): Promise<readonly ImportableContainer[]>;
  /** The root key that a container was given in its environment. A secret. */
  readCredentials(
    options: CallOptions & { readonly id: string; readonly engine: Engine },
  ): Promise<ServiceSpec["credentials"] | undefined>;

  /** Puts a new container in the place of another, behind a health gate and a probe, and the old one back if that fails. */
  replace(spec: ServiceSpec, options: ReplaceOptions): Promise<ReplaceResult>;
  /** The first step of `replace`, for those who keep a journal: nobody notices. */
  prepareReplacement(spec: ServiceSpec, options: PrepareOptions): Promise<Replacement>;
  /** The second: from here on nobody serves until the new container is healthy. */
  switchReplacement(replacement: Replacement, options?: CallOptions): Promise<void>;
  /** The last: there is no way back after it. */
  finishReplacement(replacement: Replacement, options?: CallOptions): Promise<ServiceContainer>;
  /** The way back, from any step on. */
  rollbackReplacement(replacement: Replacement, options?: CallOptions): Promise<ServiceContainer>;
  /** What a crash has left, from what Docker knows alone. */
  findReplacement(serviceId: string, options?: CallOptions): Promise<UnfinishedReplacement | undefined>;

  /** Changes limits in place and reads them back. What becomes of one container is in the result, not thrown. */
  updateLimits(id: string, limits: ResourceLimits, options?: UpdateLimitsOptions): Promise<LimitsResult>;
  /** What containers use now, all asked at once. */
  stats(ids: readonly string[], options?: CallOptions): Promise<readonly StatsResult[]>;
  /** What a container has printed. */
  logs(id: string, options?: LogOptions): AsyncGenerator<LogLine>;
  /** Tells what happens to containers until the signal ends it; connects again for as long as it takes. */
  watchEvents(options: WatchOptions): Promise<void>;

  /** Bytes in a volume, if they are known. Docker counts for it: ask rarely. `VolumeNotFound`. */
  volumeSize(name: string, options?: CallOptions): Promise<number | undefined>;
  /** Writes a volume as a tar archive. Stop what uses it first. */
  saveVolume(options: SaveVolumeOptions): Promise<void>;
  /** Unpacks such an archive into a volume, over what is there. */
  restoreVolume(options: RestoreVolumeOptions): Promise<void>;
  /** Makes a second volume of a service with all that is in the first. Stop the service first. `DiskFull`, `VolumeNotFound`. */
  copyVolume(options: CopyVolumeOptions): Promise<void>;
  /** Removes a volume of a service that nothing uses. False: there is none. */
  removeVolume(options: CallOptions & { readonly name: string; readonly serviceId: string }): Promise<boolean>;
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
export function createDockerServices(options: DockerServicesOptions = {}): DockerServices {
  const { timeoutMs = 30_000, now = Date.now, ...address } = options;
  if (!(timeoutMs > 0)) throw new TypeError(`Expected \`timeoutMs\` to be a number above 0, got ${timeoutMs}`);
  const context = createContext(createEngineClient({ timeoutMs, ...address }), now);
  const samples: StatsSamples = new Map();
  return {
    host: (call) => readHost(context.client, call),
    pull: (image, call) => pullImage(context, image, call),
    resolveImage: (image, call) => resolveImage(context, image, call),
    create: (spec, call) => createService(context, spec, call),
    inspect: (id, call) => inspectContainer(context, id, call),
    list: (call) => listContainers(context, call),
    start: (id, call) => startContainer(context, id, call),
    stop: (id, call) => stopContainer(context, id, call),
    remove: (serviceId, call) => removeService(context, serviceId, call),
    waitHealthy: (id, call) => waitHealthy(context, id, call),
    findImportable: (call) => findImportable(context, call),
    readCredentials: (call) => readCredentials(context, call),
    replace: (spec, call) => replaceContainer(context, spec, call),
    prepareReplacement: (spec, call) => prepareReplacement(context, spec, call),
    switchReplacement: (replacement, call) => switchReplacement(context, replacement, call),
    finishReplacement: (replacement, call) => finishReplacement(context, replacement, call),
    rollbackReplacement: (replacement, call) => rollbackReplacement(context, replacement, call),
    findReplacement: (serviceId, call) => findReplacement(context, serviceId, call),
    updateLimits: (id, limits, call) => updateLimits(context, id, limits, { ...call, samples }),
    stats: (ids, call) => readStats(context, ids, { ...call, samples }),
    logs: (id, call) => readLogs(context, id, call),
    watchEvents: (call) => watchEvents(context, call),
    volumeSize: (name, call) => readVolumeSize(context, name, call),
    saveVolume: (call) => saveVolume(context, call),
    restoreVolume: (call) => restoreVolume(context, call),
    copyVolume: (call) => copyVolume(context, call),
    removeVolume: (call) => removeOwnVolume(context, call),
  };
}
