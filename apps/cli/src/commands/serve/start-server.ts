import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { CliError } from "../../command/cli-error.ts";

export type RunningServer = {
  readonly child: ChildProcess;
  /** Its exit code; what a signal has ended has none, and counts as failed. */
  readonly ended: Promise<number>;
  /** Lets it finish what it is at. */
  readonly stop: () => void;
};

export type StartServerOptions = {
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly stdio: StdioOptions;
};

/** A server as a process of its own, which does not live longer than this one. */
export function startServer(main: string, { args, environment, stdio }: StartServerOptions): RunningServer {
  const child = spawn(process.execPath, ["--enable-source-maps", main, ...args], { env: environment, stdio });
  // The second Ctrl-C ends this process at once.
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = new Promise<number>((resolve, reject) => {
    child.once("exit", (code) => {
      process.off("exit", kill);
      resolve(code ?? 1);
    });
    child.once("error", (cause) => reject(new CliError("Failed", `Could not start ${main}.`, { cause })));
  });
  return { child, ended, stop: () => child.kill("SIGTERM") };
}
