import { execFile } from "node:child_process";
import { gatewayMain } from "./start-gateway.ts";

export type Outcome = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs `stave-gateway` until it ends by itself. */
export function runGatewayCommand(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env }, timeout: 30_000 };
    const child = execFile(process.execPath, [gatewayMain, ...args], options, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}
