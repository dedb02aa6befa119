import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { staveMain } from "./run-stave.ts";

export type StaveServing = {
  /** The lines of stdout. */
  readonly lines: readonly string[];
  stderr(): string;
  /** Resolves when `count` lines have matched. Rejects when it has ended before. */
  until(pattern: RegExp, count?: number): Promise<readonly RegExpExecArray[]>;
  /** To `stave` alone, as a supervisor does it. Resolves to the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  readonly ended: Promise<number | null>;
};

/** Runs `stave serve`, or whatever else goes on until it is stopped. */
export function startStave(
  args: readonly string[],
  {
    env = {},
    main = staveMain,
    node = process.execPath,
  }: { env?: NodeJS.ProcessEnv; main?: string; node?: string } = {},
): StaveServing {
  const child = spawn(node, [main, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that nothing of it is left when a test times out.
    detached: true,
  });
  const killGroup = () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, "SIGKILL");
  };
  process.once("exit", killGroup);
  const ended = once(child, "close").then(([code]: (number | null)[]) => {
    process.off("exit", killGroup);
    return code ?? null;
  });
  const lines: string[] = [];
  let stderr = "";
  const reader = createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return {
    lines,
    ended,
    stderr: () => stderr,
    until: (pattern, count = 1) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = lines.map((line) => pattern.exec(line)).filter((match) => match !== null);
          if (found.length >= count) resolve(found);
        };
        reader.on("line", look);
        look();
        ended.then((code) => reject(new Error(`stave ended with ${code}:\n${lines.join("\n")}\n${stderr}`)), reject);
      }),
    async end(signal) {
      child.kill(signal);
      return await ended;
    },
  };
}
