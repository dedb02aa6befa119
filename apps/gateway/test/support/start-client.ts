import { spawn } from "node:child_process";
import { once } from "node:events";
import type { RunClientOptions } from "./run-client.ts";

export type RunningClient = {
  /** Everything it has printed so far. */
  output(): string;
  /** Resolves with the match when it has printed something like this; rejects when it ends before. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** SIGTERM, and its end. */
  stop(): Promise<void>;
};

/** Starts a program that runs until it is stopped, with only the environment that is given. */
export function startClient(
  command: string,
  args: readonly string[],
  { home, env = {} }: Pick<RunClientOptions, "home" | "env">,
): RunningClient {
  const child = spawn(command, args, {
    cwd: home,
    env: { PATH: process.env.PATH, HOME: home, LANG: "C.UTF-8", AWS_EC2_METADATA_DISABLED: "true", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "close");
  // A test that times out never stops its client.
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  child.once("close", () => process.off("exit", kill));
  let output = "";
  let check = () => {};
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
    check();
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);

  return {
    output: () => output,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        check = () => {
          const match = pattern.exec(output);
          if (match !== null) resolve(match);
        };
        check();
        ended.then(() => reject(new Error(`${command} ended before it printed ${pattern}:\n${output}`)), reject);
      }),
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
