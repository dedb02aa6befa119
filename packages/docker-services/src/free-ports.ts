import { createServer } from "node:net";
import type { PublishedPorts } from "./container-options.ts";
import { DockerServicesError } from "./docker-services-error.ts";
import type { CallOptions } from "./engine-client.ts";
import type { EngineContext } from "./engine-context.ts";
import { findRaw } from "./service-container.ts";

export interface PortWishes extends CallOptions {
  readonly wanted: PublishedPorts;
  readonly hasConsole: boolean;
  /** What turned out to be taken. */
  readonly avoided: ReadonlySet<number>;
  /** Whose ports are no obstacle: it will be stopped. */
  readonly except?: string;
}

const firstApiPort = 9000;
const tried = 1000;

/**
 * The ports that were wished for, or the first that are free. Taken is what somebody listens on and what any container has
 * bound, also a stopped one: it claims its port when it starts.
 *
 * Throws `PortTaken`. Between this and the start of a container somebody else may still come.
 */
export async function choosePorts(context: EngineContext, wishes: PortWishes): Promise<PublishedPorts> {
  const { wanted, hasConsole, except } = wishes;
  const { claimed, own } = await readClaimedPorts(context, except, wishes);
  const isFree = async (port: number) =>
    !wishes.avoided.has(port) && !claimed.has(port) && (own.has(port) || (await isUnused(port)));
  for (const port of [wanted.api, wanted.console]) {
    if (port !== undefined && !(await isFree(port))) {
      throw new DockerServicesError("PortTaken", `Port ${port} is in use: choose another one.`);
    }
  }
  const api = wanted.api ?? (await firstFree(firstApiPort, async (port) => port !== wanted.console && isFree(port)));
  if (!hasConsole) return { api };
  const after = Math.max(api + 1, firstApiPort + 1);
  return {
    api,
    console:
      wanted.console ??
      (await firstFree(after > 64_000 ? firstApiPort + 1 : after, async (port) => port !== api && isFree(port))),
  };
}

async function firstFree(from: number, isFree: (port: number) => Promise<boolean>): Promise<number> {
  for (let port = from; port < from + tried; port += 1) if (await isFree(port)) return port;
  throw new DockerServicesError("PortTaken", `No port from ${from} to ${from + tried - 1} is free.`);
}

async function readClaimedPorts(
  context: EngineContext,
  except: string | undefined,
  { signal }: CallOptions,
): Promise<{ readonly claimed: ReadonlySet<number>; readonly own: ReadonlySet<number> }> {
  const query = { all: "1" };
  const options = signal === undefined ? {} : { signal };
  const listed = await context.client.request<{ Id: string }[]>("GET", "/containers/json", { query, ...options });
  const containers = await Promise.all(listed.map(({ Id }) => findRaw(context, Id, options)));
  const claimed = new Set<number>();
  const own = new Set<number>();
  for (const container of containers) {
    const bindings = Object.values(container?.HostConfig.PortBindings ?? {}).flatMap((it) => it ?? []);
    for (const { HostPort } of bindings) (container?.Id === except ? own : claimed).add(Number(HostPort));
  }
  return { claimed, own };
}

/** Somebody who listens on all addresses is noticed as well. */
function isUnused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
