import { checkLimits, LimitsError } from "@stave/resource-limits";
import { removeContainer, startContainer } from "./change-state.ts";
import { type PublishedPorts, toContainerOptions } from "./container-options.ts";
import { DockerServicesError, hasCode } from "./docker-services-error.ts";
import type { CallOptions } from "./engine-client.ts";
import type { EngineContext } from "./engine-context.ts";
import { choosePorts } from "./free-ports.ts";
import { labels } from "./labels.ts";
import { resolveImage } from "./resolve-image.ts";
import { inspectContainer, listContainers, onlyContainer, type ServiceContainer } from "./service-container.ts";
import { ensureNetwork, ensureVolume, listOwnNetworks, removeNetwork, removeVolume } from "./service-objects.ts";
import { type CompleteSpec, completeSpec, hashSpec, type ServiceSpec } from "./service-spec.ts";

/**
 * Makes network, volume and container of a service, and starts it. Called again with the same spec, also after a crash in the
 * middle, it finds what is there and completes it. It does not wait until the service is healthy.
 *
 * What it has made goes again if it fails. Throws `InvalidSpec`, `LimitRefused`, `ImageNotFound`, `ImageInvalid`,
 * `ImageWrongArchitecture`, `PortTaken`, `NameTaken`, `StartFailed`, `DiskFull`, and `Conflict` for a volume or a network of somebody
 * else, or a service that is there with another spec.
 */
export async function createService(
  context: EngineContext,
  spec: ServiceSpec,
  options: CallOptions = {},
): Promise<ServiceContainer> {
  const complete = completeSpec(spec);
  await checkLimitsOf(context, complete);
  const existing = onlyContainer(await listContainers(context, { serviceId: complete.id, ...options }));
  if (existing !== undefined && existing.state !== "created") return resume(context, existing, complete, options);
  // Never started, so that nothing is lost with it; its port may be taken by now.
  if (existing !== undefined) await removeOwn(context, existing.id, options);
  await resolveImage(context, complete.image, options);

  const made: (() => Promise<unknown>)[] = [];
  try {
    if (await ensureNetwork(context, complete, options)) {
      made.push(async () => {
        const own = await listOwnNetworks(context, complete.id, {});
        await Promise.all(own.map(({ Id }) => removeNetwork(context, Id, {})));
      });
    }
    if (await ensureVolume(context, complete, options)) made.push(() => removeVolume(context, complete.volumeName, {}));
    const id = await startOnFreePorts(context, complete, options);
    return await inspectContainer(context, id, options);
  } catch (error) {
    // Without the signal of the caller: it may be the reason to be here. What fails now is found by the next call.
    for (const undo of made.toReversed()) await undo().catch(() => {});
    throw error;
  }
}

export async function checkLimitsOf(context: EngineContext, { limits, engine }: CompleteSpec): Promise<void> {
  try {
    checkLimits(limits, { host: await context.host(), minMemoryBytes: engine.minMemoryBytes });
  } catch (error) {
    if (!(error instanceof LimitsError)) throw error;
    throw new DockerServicesError("LimitRefused", error.message, { cause: error });
  }
}

async function resume(
  context: EngineContext,
  existing: ServiceContainer,
  spec: CompleteSpec,
  options: CallOptions,
): Promise<ServiceContainer> {
  if (existing.labels[labels.spec] !== hashSpec(spec)) {
    const text = `The service ${spec.id} is there already, made from another spec: replace its container instead.`;
    throw new DockerServicesError("Conflict", text);
  }
  await startContainer(context, existing.id, options);
  return inspectContainer(context, existing.id, options);
}

const maxPortTries = 10;

async function startOnFreePorts(context: EngineContext, spec: CompleteSpec, options: CallOptions): Promise<string> {
  const avoided = new Set<number>();
  for (let tries = 1; ; tries += 1) {
    const ports = await portsFor(context, spec, { ...options, avoided });
    const id = await createContainer(context, spec, { ports, ...options });
    try {
      await startContainer(context, id, options);
      return id;
    } catch (error) {
      await removeOwn(context, id).catch(() => {});
      // Somebody came between the look and the start. Docker does not say which port it was in all of its versions.
      const free = [ports.api, ports.console].filter((port) => port !== undefined && !isWish(spec, port));
      if (!hasCode(error, "PortTaken") || free.length === 0 || tries === maxPortTries) throw error;
      for (const port of free) if (port !== undefined) avoided.add(port);
    }
  }
}

function isWish({ ports }: CompleteSpec, port: number): boolean {
  return port === ports.api || port === ports.console;
}

export async function portsFor(
  context: EngineContext,
  spec: CompleteSpec,
  options: CallOptions & { readonly avoided: ReadonlySet<number>; readonly except?: string },
): Promise<PublishedPorts> {
  if (spec.publish === "none") return {};
  const hasConsole = spec.engine.ports.console !== undefined;
  return choosePorts(context, { wanted: spec.ports, hasConsole, ...options });
}

/** One that this package has made: its data is in a volume with a name. */
export function removeOwn(context: EngineContext, id: string, options: CallOptions = {}): Promise<void> {
  return removeContainer(context, id, { removeAnonymousVolumes: true, ...options });
}

export interface NewContainer extends CallOptions {
  readonly ports: PublishedPorts;
  /** @default that of the spec */
  readonly name?: string;
  readonly extraLabels?: Readonly<Record<string, string>>;
}

/** Its id. It does not run yet. */
export async function createContainer(
  { client }: EngineContext,
  spec: CompleteSpec,
  { ports, name = spec.containerName, extraLabels, ...options }: NewContainer,
): Promise<string> {
  const body = toContainerOptions(spec, ports, extraLabels);
  const { Id } = await client.request<{ Id: string }>("POST", "/containers/create", {
    query: { name },
    body,
    ...options,
  });
  return Id;
}
