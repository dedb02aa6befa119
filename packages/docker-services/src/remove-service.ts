import { removeContainer } from "./change-state.ts";
import { removeOwn } from "./create-service.ts";
import type { CallOptions } from "./engine-client.ts";
import type { EngineContext } from "./engine-context.ts";
import { labelFilter, labels } from "./labels.ts";
import { listOwnNetworks, listOwnVolumes, removeNetwork, removeVolume } from "./service-objects.ts";

export interface RemoveServiceOptions extends CallOptions {
  /** The data, for ever. Volumes that were adopted stay, unless they are named. */
  readonly removeVolume: boolean;
  /** A container that belongs to the service and has not been made by this package. */
  readonly adoptedContainerId?: string;
  /** Names of volumes that it was given and that go, too. Without them volumes of others stay. */
  readonly adoptedVolumes?: readonly string[];
}

/** By name. */
export interface RemovedService {
  readonly containers: readonly string[];
  readonly volumes: readonly string[];
  readonly networks: readonly string[];
  /** Volumes and networks that something else uses. */
  readonly stillUsed: readonly string[];
}

/** Removes what carries the id of the service, and nothing else. May be called again, also after a crash in the middle. */
export async function removeService(
  context: EngineContext,
  serviceId: string,
  { removeVolume: withVolume, adoptedContainerId, adoptedVolumes = [], ...options }: RemoveServiceOptions,
): Promise<RemovedService> {
  const containers = await listNames(context, serviceId, options);
  for (const { id } of containers) await removeOwn(context, id, options);
  if (adoptedContainerId !== undefined) await removeContainer(context, adoptedContainerId, options);

  const volumes: string[] = [];
  const networks: string[] = [];
  const stillUsed: string[] = [];
  const own = withVolume ? await listOwnVolumes(context, serviceId, options) : [];
  for (const name of new Set([...own, ...adoptedVolumes])) {
    ((await removeVolume(context, name, options)) ? volumes : stillUsed).push(name);
  }
  for (const { Id, Name } of await listOwnNetworks(context, serviceId, options)) {
    ((await removeNetwork(context, Id, options)) ? networks : stillUsed).push(Name);
  }
  return { containers: containers.map(({ name }) => name), volumes, networks, stillUsed };
}

async function listNames({ client }: EngineContext, serviceId: string, options: CallOptions) {
  type Listed = { readonly Id: string; readonly Names: readonly string[] };
  const filters = [labels.service, labels.helperOf].map((label) => ({ all: "1", ...labelFilter(label, serviceId) }));
  const lists = filters.map((query) => client.request<Listed[]>("GET", "/containers/json", { query, ...options }));
  return (await Promise.all(lists))
    .flat()
    .map(({ Id, Names: [name = Id] }) => ({ id: Id, name: name.replace("/", "") }));
}
