import { execFile } from "node:child_process";
import { promisify } from "node:util";

export interface RunClientOptions {
  /** Its HOME and working directory: an empty folder, so that no settings of the person at the machine reach it. */
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: Buffer;
  /** @default 60000 */
  readonly timeoutMs?: number;
}

export type ClientOutput = { readonly stdout: string; readonly stderr: string };

/**
 * Runs a program to its end, with only the environment that is given. Rejects, with its `code`, `stdout` and `stderr`, when
 * it fails or runs into the time limit.
 */
export async function runClient(
  command: string,
  args: readonly string[],
  { home, env = {}, input = Buffer.alloc(0), timeoutMs = 60_000 }: RunClientOptions,
): Promise<ClientOutput> {
  const running = promisify(execFile)(command, args, {
    cwd: home,
    env: { PATH: process.env.PATH, HOME: home, LANG: "C.UTF-8", AWS_EC2_METADATA_DISABLED: "true", ...env },
    timeout: timeoutMs,
    killSignal: "SIGKILL",
    maxBuffer: 16 * 1024 * 1024,
  });
  // One that ends without reading all of its input says why in its own words; EPIPE would only hide them.
  running.child.stdin?.on("error", () => {}).end(input);
  return running;
}
