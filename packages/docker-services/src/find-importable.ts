import { type Engine, engines, findEngineOfImage } from "./engine.ts";
import type { CallOptions } from "./engine-client.ts";
import type { EngineContext } from "./engine-context.ts";
import { labels } from "./labels.ts";
import { findRaw, type InspectedContainer, inspectRaw } from "./service-container.ts";

/** A container with an S3 server that this package has not made. */
export interface ImportableContainer {
  readonly id: string;
  readonly name: string;
  /** What is left of the name without the engine's: a suggestion. */
  readonly serviceName: string;
  readonly image: string;
  readonly engineName: string;
  readonly isRunning: boolean;
  /** Inside the container, as its image says. */
  readonly exposedPorts: readonly number[];
  /** Port inside → port of this machine. */
  readonly publishedPorts: Readonly<Record<number, number>>;
  readonly volumes: readonly { readonly name: string; readonly path: string }[];
}

/** Looks for servers of known engines, by image and by the labels that Temps gives them. */
export async function findImportable(
  context: EngineContext,
  options: CallOptions = {},
): Promise<readonly ImportableContainer[]> {
  const listed = await context.client.request<{ Id: string; Labels: Record<string, string> }[]>(
    "GET",
    "/containers/json",
    { query: { all: "1" }, ...options },
  );
  const strange = listed.filter(({ Labels }) => !(labels.service in Labels) && !(labels.helperOf in Labels));
  const inspected = await Promise.all(strange.map(({ Id }) => findRaw(context, Id, options)));
  return inspected.flatMap((container) => {
    const engine = container && engineOf(container);
    return container === undefined || engine === undefined ? [] : [toImportable(container, engine)];
  });
}

/** What a container was given as its root key, to adopt it with; undefined where the variables are not there. */
export async function readCredentials(
  context: EngineContext,
  { id, engine, ...options }: CallOptions & { readonly id: string; readonly engine: Engine },
): Promise<{ readonly accessKeyId: string; readonly secretAccessKey: string } | undefined> {
  const { Config } = await inspectRaw(context, id, options);
  const variables = new Map(
    (Config.Env ?? []).map((line): [string, string] => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
  const accessKeyId = variables.get(engine.variables.accessKeyId);
  const secretAccessKey = variables.get(engine.variables.secretAccessKey);
  return accessKeyId === undefined || secretAccessKey === undefined ? undefined : { accessKeyId, secretAccessKey };
}

function engineOf({ Config }: InspectedContainer): Engine | undefined {
  const type = Config.Labels?.["temps.service_type"];
  return engines.find(({ name }) => name === type) ?? findEngineOfImage(Config.Image);
}

function toImportable(container: InspectedContainer, engine: Engine): ImportableContainer {
  const { Id, Name, Config, HostConfig, State, Mounts } = container;
  const name = Name.replace(/^\//, "");
  const bindings = Object.entries(HostConfig.PortBindings ?? {}).flatMap(([inside, hosts]) => {
    const port = Number(hosts?.[0]?.HostPort ?? 0);
    return port > 0 ? [[Number.parseInt(inside, 10), port] as const] : [];
  });
  return {
    id: Id,
    name,
    serviceName: Config.Labels?.["temps.service_name"] ?? name.replace(new RegExp(`^(?:${engine.name}|s3)[-_]`), ""),
    image: Config.Image,
    engineName: engine.name,
    isRunning: State.Status === "running",
    exposedPorts: Object.keys(Config.ExposedPorts ?? {}).map((port) => Number.parseInt(port, 10)),
    publishedPorts: Object.fromEntries(bindings),
    volumes: Mounts.filter(({ Type }) => Type === "volume").map((it) => ({
      name: it.Name ?? "",
      path: it.Destination,
    })),
  };
}
