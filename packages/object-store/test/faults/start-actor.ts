import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ActorAnswer, ActorRequest } from "./children/actor.ts";

export interface Actor {
  /** What the request came to, or what it was refused with. */
  ask(request: ActorRequest): Promise<ActorAnswer>;
  /** Makes system calls on one file fail from now on, until what it resolves to is called. Needs strace. */
  fail(calls: string, options: { readonly path: string; readonly error: string }): Promise<() => Promise<void>>;
  /** It does nothing any more, until it is killed. */
  stop(): void;
  kill(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A process that opens the store. `wrapper`: a command that runs it under a limit. */
export async function startActor(directory: string, wrapper: readonly string[] = []): Promise<Actor> {
  const main = fileURLToPath(new URL("./children/actor.ts", import.meta.url));
  const [command = process.execPath, ...args] = [
    ...wrapper,
    process.execPath,
    "--conditions=@stave/source",
    main,
    directory,
  ];
  // lmdb reports failed commits on stderr as well.
  const child = spawn(command, args, { stdio: ["ignore", "inherit", "ignore", "ipc"] });
  child.setMaxListeners(0);
  const ended = once(child, "exit");
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  await nextMessage(child);
  return {
    async ask(request) {
      const answered = nextMessage(child);
      child.send(request);
      return await answered;
    },
    async fail(calls, { path, error }) {
      const inject = `inject=${calls}:error=${error}`;
      const tracing = ["-f", "-o", "/dev/null", "-e", `trace=${calls}`, "-P", path, "-e", inject, "-p", `${child.pid}`];
      const strace = spawn("strace", tracing, { stdio: ["ignore", "ignore", "pipe"] });
      const detached = once(strace, "exit");
      await once(strace.stderr, "data"); // "attached"
      return async () => {
        strace.kill("SIGTERM");
        await detached;
      };
    },
    stop: () => void child.kill("SIGSTOP"),
    kill,
    [Symbol.asyncDispose]: kill,
  };
}

async function nextMessage(child: ChildProcess): Promise<ActorAnswer> {
  const [answer] = await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code, signal]) => {
      throw new Error(`The process that opens the store ended with ${signal ?? code}`);
    }),
  ]);
  return answer;
}
