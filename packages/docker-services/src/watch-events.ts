import type { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { DockerServicesError } from "./docker-services-error.ts";
import type { EngineContext } from "./engine-context.ts";
import { readJsonLines } from "./json-lines.ts";
import { labels } from "./labels.ts";

export type ContainerEventKind = "destroy" | "die" | "health" | "oom" | "rename" | "start" | "stop" | "update";

export interface ContainerEvent {
  readonly kind: ContainerEventKind;
  readonly containerId: string;
  readonly name: string;
  /** Undefined: not made by this package. */
  readonly serviceId: string | undefined;
  /** Of `die`. */
  readonly exitCode: number | undefined;
  /** Of `health`. */
  readonly health: string | undefined;
  readonly at: Date;
}

export interface WatchOptions {
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: ContainerEvent) => void;
  /** Each time events begin to come, also the first time. What happened before was missed: list everything now. */
  readonly onConnected: () => void;
  /** They have stopped; it goes on trying. */
  readonly onDisconnected?: (error: DockerServicesError) => void;
}

const kinds: Readonly<Record<string, ContainerEventKind>> = {
  destroy: "destroy",
  die: "die",
  health_status: "health",
  oom: "oom",
  rename: "rename",
  start: "start",
  stop: "stop",
  update: "update",
};

/** Tells what happens to containers, and connects again for as long as it takes. Ends when the signal says so. */
export async function watchEvents({ client }: EngineContext, options: WatchOptions): Promise<void> {
  const { signal, onConnected, onDisconnected } = options;
  // Not all events: a health check by Docker alone makes three a time.
  const query = { filters: JSON.stringify({ type: ["container"], event: Object.keys(kinds) }) };
  let pauseMs = minPauseMs;
  while (!signal.aborted) {
    const failure = await tryWatch();
    if (signal.aborted) return;
    onDisconnected?.(failure);
    await wait(pauseMs, undefined, { signal }).catch(() => {});
    pauseMs = Math.min(pauseMs * 2, maxPauseMs);
  }

  async function tryWatch(): Promise<DockerServicesError> {
    let stream: Readable | undefined;
    try {
      stream = await client.stream("GET", "/events", { query, signal });
      pauseMs = minPauseMs;
      onConnected();
      for await (const line of readJsonLines<EventLine>(stream)) {
        const event = toEvent(line);
        if (event !== undefined) options.onEvent(event);
      }
      return ended();
    } catch (error) {
      if (error instanceof DockerServicesError) return error;
      // What the functions of the caller throw is the caller's to know.
      if (!signal.aborted && error !== stream?.errored) throw error;
      return ended(error);
    } finally {
      stream?.destroy();
    }
  }
}

function ended(cause?: unknown): DockerServicesError {
  const text = "Docker ended the stream of events: it stops, or is being restarted.";
  return new DockerServicesError("DockerUnreachable", text, { cause });
}

const minPauseMs = 250;
const maxPauseMs = 10_000;

type EventLine = {
  readonly Action?: string;
  readonly timeNano?: number;
  readonly Actor?: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
};

function toEvent({ Action = "", Actor, timeNano = 0 }: EventLine): ContainerEvent | undefined {
  const [action = "", health] = Action.split(": ");
  const kind = kinds[action];
  if (kind === undefined || Actor === undefined) return undefined;
  const { Attributes } = Actor;
  return {
    kind,
    containerId: Actor.ID,
    name: Attributes.name ?? "",
    serviceId: Attributes[labels.service],
    exitCode: Attributes.exitCode === undefined ? undefined : Number(Attributes.exitCode),
    health,
    at: new Date(timeNano / 1e6),
  };
}
