import { request } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { DockerServicesError } from "./docker-services-error.ts";
import type { CallOptions } from "./engine-client.ts";
import type { EngineContext } from "./engine-context.ts";
import { readLastLines } from "./read-logs.ts";
import { inspectContainer, type ServiceContainer } from "./service-container.ts";

export interface WaitHealthyOptions extends CallOptions {
  /** For containers that this package has not made: where to ask, and what for. */
  readonly url?: string;
  /** @default what the engine of the container says, or [200] */
  readonly statuses?: readonly number[];
  /** @default 60_000 */
  readonly timeoutMs?: number;
}

/**
 * Waits until the server in a container answers over HTTP, from outside. Ends early when the container has died.
 *
 * Throws `NotHealthy`; its message has the exit code and the last lines of the log.
 */
export async function waitHealthy(
  context: EngineContext,
  id: string,
  { url, statuses, timeoutMs = 60_000, signal }: WaitHealthyOptions = {},
): Promise<ServiceContainer> {
  const options = signal === undefined ? {} : { signal };
  const end = performance.now() + timeoutMs;
  let firstRestarts: number | undefined;
  let last = "it was not asked yet";
  for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 1.5, 3000)) {
    const container = await inspectContainer(context, id, options);
    firstRestarts ??= container.restartCount;
    if (container.state !== "running" || container.restartCount > firstRestarts) {
      throw await died(context, container, options);
    }
    const target = url ?? healthUrl(container);
    last = await probe(target, { statuses: statuses ?? container.health?.statuses ?? [200], ...options });
    if (last === "healthy") return container;
    if (performance.now() + pauseMs > end) break;
    await wait(pauseMs, undefined, options);
  }
  const lines = await readLastLines(context, id, options);
  const text = `The server was not healthy within ${timeoutMs / 1000} s: ${last}.${lines}`;
  throw new DockerServicesError("NotHealthy", text);
}

async function died(context: EngineContext, first: ServiceContainer, options: CallOptions) {
  // Docker forgets the exit code while it runs the program again.
  let container = first;
  for (let looks = 0; container.state === "running" && looks < 40; looks += 1) {
    await wait(50, undefined, options);
    container = await inspectContainer(context, container.id, options);
  }
  const { state, exitCode, restartCount, isOomKilled } = container;
  const why = isOomKilled ? ", killed for its use of memory" : "";
  const lines = await readLastLines(context, container.id, options);
  const text = `The container is ${state}: exit code ${exitCode}${why}, ${restartCount} restarts.${lines}`;
  return new DockerServicesError("NotHealthy", text);
}

function healthUrl({ endpoint, health, name }: ServiceContainer): string {
  if (endpoint !== undefined && health !== undefined) return `${endpoint}${health.path}`;
  throw new DockerServicesError(
    "NotHealthy",
    `${name} has no address to ask at: it has no network, or needs a \`url\`.`,
  );
}

const probeTimeoutMs = 2000;

/** "healthy", or what is the matter. */
function probe(
  url: string,
  { statuses, signal }: CallOptions & { readonly statuses: readonly number[] },
): Promise<string> {
  signal?.throwIfAborted();
  const limits = [AbortSignal.timeout(probeTimeoutMs), ...(signal === undefined ? [] : [signal])];
  return new Promise((resolve, reject) => {
    const ask = request(url, { agent: false, signal: AbortSignal.any(limits) });
    ask.once("response", (response) => {
      response.once("error", () => {}).destroy();
      const { statusCode = 0 } = response;
      resolve(statuses.includes(statusCode) ? "healthy" : `${url} answers ${statusCode}`);
    });
    ask.once("error", (error) => {
      if (signal?.aborted) reject(signal.reason);
      else resolve(error.name === "AbortError" ? `${url} does not answer` : `${url}: ${error.message}`);
    });
    ask.end();
  });
}
