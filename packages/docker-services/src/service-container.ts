import { type DockerLimits, fromDockerLimits, type ResourceLimits } from "@stave/resource-limits";
import { defaultPids, type PublishedPorts } from "./container-options.ts";
import { DockerServicesError, hasCode } from "./docker-services-error.ts";
import { type CallOptions, containerPath } from "./engine-client.ts";
import type { EngineContext } from "./engine-context.ts";
import type { EngineHost } from "./engine-host.ts";
import { labelFilter, labels } from "./labels.ts";

export type ContainerState = "created" | "dead" | "exited" | "paused" | "removing" | "restarting" | "running";

/** A container as it is now. */
export interface ServiceContainer {
  readonly id: string;
  readonly name: string;
  /** Undefined: this package has not made it. */
  readonly serviceId: string | undefined;
  readonly engineName: string | undefined;
  /** As it was asked for. */
  readonly image: string;
  /** What that was: `sha256:…` */
  readonly imageId: string;
  readonly state: ContainerState;
  readonly exitCode: number;
  /** Docker 20.10 keeps it after a restart, newer ones do not: count `oom` events, too. */
  readonly isOomKilled: boolean;
  /** Restarts by Docker since the last start by somebody. When it climbs, the program crashes again and again. */
  readonly restartCount: number;
  readonly createdAt: Date;
  /** Undefined: never. */
  readonly startedAt: Date | undefined;
  readonly finishedAt: Date | undefined;
  /** Why it could not be started. */
  readonly error: string | undefined;
  /** What it may use now. `pids: null` is the default of 512. */
  readonly limits: ResourceLimits;
  /** Of this machine, as they were asked for. */
  readonly ports: PublishedPorts;
  /** Where this machine reaches S3: on loopback, or at the container's address while it runs. */
  readonly endpoint: string | undefined;
  readonly health: { readonly path: string; readonly statuses: readonly number[] } | undefined;
  readonly networks: readonly { readonly name: string; readonly address: string | undefined }[];
  readonly volumes: readonly { readonly name: string; readonly path: string }[];
  readonly restartPolicy: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Throws `ContainerNotFound`. */
export async function inspectContainer(
  context: EngineContext,
  id: string,
  options: CallOptions = {},
): Promise<ServiceContainer> {
  const [inspected, host] = await Promise.all([inspectRaw(context, id, options), context.host()]);
  return toServiceContainer(inspected, host);
}

/** The containers of a service, or of all of them; more than one while an upgrade goes on. */
export async function listContainers(
  context: EngineContext,
  { serviceId, ...options }: CallOptions & { readonly serviceId?: string } = {},
): Promise<readonly ServiceContainer[]> {
  const query = { all: "1", ...labelFilter(labels.service, serviceId) };
  const listed = await context.client.request<{ Id: string }[]>("GET", "/containers/json", { query, ...options });
  const containers = await Promise.all(listed.map(({ Id }) => findContainer(context, Id, options)));
  return containers.filter((container) => container !== undefined);
}

export async function findContainer(
  context: EngineContext,
  id: string,
  options: CallOptions = {},
): Promise<ServiceContainer | undefined> {
  const [inspected, host] = await Promise.all([findRaw(context, id, options), context.host()]);
  return inspected && toServiceContainer(inspected, host);
}

export async function findRaw(
  context: EngineContext,
  id: string,
  options: CallOptions,
): Promise<InspectedContainer | undefined> {
  try {
    return await inspectRaw(context, id, options);
  } catch (error) {
    if (hasCode(error, "ContainerNotFound")) return undefined;
    throw error;
  }
}

/** What Docker says of a container; what is not read here is left out. */
export type InspectedContainer = {
  readonly Id: string;
  readonly Name: string;
  readonly Created: string;
  readonly Image: string;
  readonly RestartCount: number;
  readonly State: {
    readonly Status: ContainerState;
    readonly ExitCode: number;
    readonly OOMKilled: boolean;
    readonly Error: string;
    readonly StartedAt: string;
    readonly FinishedAt: string;
  };
  readonly Config: {
    readonly Image: string;
    readonly Tty: boolean;
    readonly Env: readonly string[] | null;
    readonly Labels: Readonly<Record<string, string>> | null;
    readonly ExposedPorts?: Readonly<Record<string, object>> | null;
  };
  readonly HostConfig: DockerLimits & {
    readonly PortBindings: Readonly<Record<string, readonly { readonly HostPort: string }[] | null>> | null;
    readonly RestartPolicy: { readonly Name: string };
  };
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>> | null };
  readonly Mounts: readonly { readonly Type: string; readonly Name?: string; readonly Destination: string }[];
};

export function inspectRaw({ client }: EngineContext, id: string, options: CallOptions): Promise<InspectedContainer> {
  return client.request<InspectedContainer>("GET", `${containerPath(id)}/json`, options);
}

export function toServiceContainer(inspected: InspectedContainer, host: EngineHost): ServiceContainer {
  const { State, Config, HostConfig } = inspected;
  const own = Config.Labels ?? {};
  const applied = fromDockerLimits(HostConfig, host);
  const networks = Object.entries(inspected.NetworkSettings.Networks ?? {}).map(([name, { IPAddress }]) => ({
    name,
    address: IPAddress === "" ? undefined : IPAddress,
  }));
  const ports = portsOf(inspected, own);
  const address = networks.find((network) => network.address !== undefined)?.address;
  return {
    id: inspected.Id,
    name: inspected.Name.replace(/^\//, ""),
    serviceId: own[labels.service],
    engineName: own[labels.engine],
    image: own[labels.image] ?? Config.Image,
    imageId: inspected.Image,
    state: State.Status,
    exitCode: State.ExitCode,
    isOomKilled: State.OOMKilled,
    restartCount: inspected.RestartCount,
    createdAt: new Date(inspected.Created),
    startedAt: dateOf(State.StartedAt),
    finishedAt: dateOf(State.FinishedAt),
    error: State.Error === "" ? undefined : State.Error,
    limits: { ...applied, pids: applied.pids === defaultPids ? null : applied.pids },
    ports,
    endpoint: endpointOf(ports, address, own[labels.apiPort]),
    health: healthOf(own),
    networks,
    volumes: inspected.Mounts.filter(({ Type }) => Type === "volume").map(({ Name = "", Destination }) => ({
      name: Name,
      path: Destination,
    })),
    restartPolicy: HostConfig.RestartPolicy.Name,
    labels: own,
  };
}

function portsOf({ HostConfig }: InspectedContainer, own: Readonly<Record<string, string>>): PublishedPorts {
  const find = (inside: string | undefined): number | undefined => {
    const port = Number(HostConfig.PortBindings?.[`${inside}/tcp`]?.[0]?.HostPort ?? 0);
    return port > 0 ? port : undefined;
  };
  const [api, console] = [find(own[labels.apiPort]), find(own[labels.consolePort])];
  return { ...(api !== undefined && { api }), ...(console !== undefined && { console }) };
}

function endpointOf(ports: PublishedPorts, address?: string, inside?: string): string | undefined {
  if (ports.api !== undefined) return `http://127.0.0.1:${ports.api}`;
  return address === undefined || inside === undefined ? undefined : `http://${address}:${inside}`;
}

function healthOf(own: Readonly<Record<string, string>>): ServiceContainer["health"] {
  const path = own[labels.healthPath];
  return path === undefined
    ? undefined
    : { path, statuses: (own[labels.healthStatuses] ?? "200").split(",").map(Number) };
}

/** Docker's "never" is the year 1. */
function dateOf(text: string): Date | undefined {
  return text.startsWith("0001-") ? undefined : new Date(text);
}

/** Of a service that is expected to have exactly one. */
export function onlyContainer(containers: readonly ServiceContainer[]): ServiceContainer | undefined {
  const [first, second] = containers;
  if (second === undefined) return first;
  const names = containers.map(({ name }) => name).join(", ");
  const text = `The service has several containers (${names}): a replacement is unfinished. Finish it or roll it back.`;
  throw new DockerServicesError("Conflict", text);
}
