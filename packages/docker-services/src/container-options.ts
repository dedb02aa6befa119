import { type ResourceLimits, toDockerLimits } from "@stave/resource-limits";
import { labels } from "./labels.ts";
import { type CompleteSpec, hashSpec } from "./service-spec.ts";

/** Ports of the machine. None: not published. */
export interface PublishedPorts {
  readonly api?: number;
  readonly console?: number;
}

/** What a fork bomb may come to. Null in limits means this. */
export const defaultPids = 512;

/** What `POST /containers/create` takes. */
export function toContainerOptions(
  spec: CompleteSpec,
  ports: PublishedPorts,
  extraLabels: Readonly<Record<string, string>> = {},
): object {
  const { engine, networkName } = spec;
  return {
    Image: spec.image,
    ...(engine.command && { Cmd: engine.command }),
    ...(engine.user && { User: engine.user }),
    Env: Object.entries(environmentOf(spec)).map(([name, value]) => `${name}=${value}`),
    Labels: { ...labelsOf(spec), ...extraLabels },
    ExposedPorts: Object.fromEntries(Object.values(engine.ports).map((port) => [`${port}/tcp`, {}])),
    HostConfig: {
      NetworkMode: networkName,
      PortBindings: bindingsOf(spec, ports),
      Mounts: [{ Type: "volume", Source: spec.volumeName, Target: engine.dataPath }],
      RestartPolicy: { Name: "unless-stopped" },
      SecurityOpt: ["no-new-privileges:true"],
      CapDrop: ["ALL"],
      LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "3" } },
      // A server that has not begun to listen to signals stops at once, and not after the grace of a kill.
      Init: true,
      ReadonlyRootfs: engine.hasReadOnlyRoot ?? false,
      ...(engine.tmpfs && { Tmpfs: engine.tmpfs }),
      ...toDockerLimits(withDefaultPids(spec.limits)),
    },
    // Applications keep their name for it while containers change theirs.
    NetworkingConfig: { EndpointsConfig: { [networkName]: { Aliases: [spec.containerName] } } },
  };
}

export function withDefaultPids(limits: ResourceLimits): ResourceLimits {
  return { ...limits, pids: limits.pids ?? defaultPids };
}

function environmentOf({ engine, credentials, region, environment }: CompleteSpec): Readonly<Record<string, string>> {
  const { variables } = engine;
  return {
    ...environment,
    ...engine.environment,
    [variables.accessKeyId]: credentials.accessKeyId,
    [variables.secretAccessKey]: credentials.secretAccessKey,
    ...(variables.region && region && { [variables.region]: region }),
  };
}

function labelsOf(spec: CompleteSpec): Readonly<Record<string, string>> {
  const { engine } = spec;
  return {
    [labels.service]: spec.id,
    [labels.engine]: engine.name,
    [labels.name]: spec.containerName,
    [labels.spec]: hashSpec(spec),
    [labels.image]: spec.image,
    [labels.apiPort]: String(engine.ports.api),
    ...(engine.ports.console && { [labels.consolePort]: String(engine.ports.console) }),
    [labels.healthPath]: engine.health.path,
    [labels.healthStatuses]: (engine.health.statuses ?? [200]).join(),
  };
}

function bindingsOf({ engine, publish }: CompleteSpec, { api, console: consolePort }: PublishedPorts): object {
  // On an internal network Docker would drop them without a word.
  if (publish === "none") return {};
  const bind = (inside: number, port: number) => ({
    [`${inside}/tcp`]: [{ HostIp: "127.0.0.1", HostPort: String(port) }],
  });
  return {
    ...(api !== undefined && bind(engine.ports.api, api)),
    ...(consolePort !== undefined && engine.ports.console !== undefined && bind(engine.ports.console, consolePort)),
  };
}
