import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What `stave` runs, after a build. */
export const staveMain = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

export type StaveRun = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The answer of `--json`. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  json(): any;
};

export type RunOptions = {
  /** Instead of this process's: nothing but what is here, and PATH. */
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: string;
  readonly cwd?: string;
};

export type RunningStave = { readonly child: ChildProcess; readonly ended: Promise<StaveRun> };

/** Starts the built command line, with pipes instead of a terminal. */
export function startStave(args: readonly string[], { env = {}, stdin = "", cwd }: RunOptions = {}): RunningStave {
  const child = spawn(process.execPath, [staveMain, ...args], {
    env: { PATH: process.env.PATH, ...env },
    ...(cwd !== undefined && { cwd }),
  });
  // A test that times out never stops it.
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  // It may end without having read what there is.
  child.stdin.on("error", () => {}).end(stdin);
  const ended = new Promise<StaveRun>((resolve) =>
    child.once("close", (code) => {
      process.off("exit", kill);
      resolve({ code, stdout, stderr, json: () => JSON.parse(stdout) });
    }),
  );
  return { child, ended };
}

/** As {@link startStave}, to its end. */
export function runStave(args: readonly string[], options: RunOptions = {}): Promise<StaveRun> {
  return startStave(args, options).ended;
}
