import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { ActorCommand, ActorEvent } from "./messages.ts";

/** A process of the harness, see actor.ts. */
export interface Actor {
  readonly pid: number;
  /** Undefined while it runs. */
  ended(): string | undefined;
  /** Events go to the listener in the order they were told. */
  send(command: ActorCommand, onEvent: (event: ActorEvent) => void): void;
  /** Resolves when it is gone, and everything that it has told has been heard. */
  readonly gone: Promise<void>;
  kill(): void;
  /** Stops it where it is; resolves when it stands still. */
  stop(): Promise<void>;
}

/** Processes that have started already: a round must not wait for one. */
export interface ActorPool {
  take(): Promise<Actor>;
  close(): Promise<void>;
}

export interface ActorPoolOptions {
  /** How many are kept ready. */
  readonly ready: number;
  /** For what Node.js compiles: starting is most of what a process does here. */
  readonly cacheDirectory: string;
  /** Told of each process before it is used; it leads a group of its own. */
  readonly onStart?: (pid: number) => Promise<void>;
}

const actorFile = join(import.meta.dirname, "actor.ts");

export function createActorPool(options: ActorPoolOptions): ActorPool {
  const waiting: Actor[] = [];
  const all = new Set<Actor>();
  const start = () => {
    const actor = startActor(options.cacheDirectory);
    all.add(actor);
    actor.gone.then(() => all.delete(actor));
    waiting.push(actor);
    return actor;
  };
  for (let at = 0; at < options.ready; at += 1) start();
  return {
    async take() {
      const [actor = start()] = waiting;
      waiting.shift();
      while (waiting.length < options.ready) start();
      if (options.onStart !== undefined) await options.onStart(actor.pid);
      return actor;
    },
    async close() {
      const left = [...all];
      for (const actor of left) actor.kill();
      await Promise.all(left.map(({ gone }) => gone));
    },
  };
}

function startActor(cacheDirectory: string): Actor {
  const child = spawn(process.execPath, ["--conditions=@stave/source", actorFile], {
    detached: true,
    env: { ...process.env, NODE_COMPILE_CACHE: cacheDirectory },
    stdio: ["pipe", "ignore", "pipe", "pipe"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error("Expected a process to start, and it does not");
  let listener: (event: ActorEvent) => void = () => {};
  createInterface({ input: child.stdio[3] as Readable }).on("line", (line) => {
    // The last line of a process that was killed may be cut short: then what it says has not been told.
    const event = parseEvent(line);
    if (event !== undefined) listener(event);
  });
  const tail = collectTail(child);
  child.stdin?.on("error", () => {}); // it may be gone before it has read
  return {
    pid,
    ended() {
      if (child.exitCode === null && child.signalCode === null) return undefined;
      return `it ended with ${child.exitCode ?? child.signalCode}${tail()}`;
    },
    send(command, onEvent) {
      listener = onEvent;
      child.stdin?.write(`${JSON.stringify(command)}\n`);
    },
    gone: once(child, "close").then(() => {}),
    kill: () => void child.kill("SIGKILL"),
    async stop() {
      child.kill("SIGSTOP");
      while (!(await isStill(pid))) await delay(1);
    },
  };
}

function parseEvent(line: string): ActorEvent | undefined {
  try {
    return JSON.parse(line) as ActorEvent;
  } catch {
    return undefined;
  }
}

function collectTail(child: ChildProcess): () => string {
  let text = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    text = `${text}${chunk}`.slice(-4000);
  });
  return () => (text === "" ? "" : `; last it said: ${text.trim().split("\n").slice(-12).join(" | ")}`);
}

/** The main thread only: it alone acknowledges. */
async function isStill(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "() gone");
  return !/^[RSD]/.test(stat.slice(stat.lastIndexOf(")") + 2));
}
