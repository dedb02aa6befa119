import { spawn } from "node:child_process";
import { staveMain } from "./run-stave.ts";

export type RawMcp = {
  readonly pid: number;
  /** Lines as they are. */
  send(...lines: readonly string[]): void;
  /** The answer to the request with this id. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  answer(id: number): Promise<any>;
  /** Closes stdin, as an assistant that ends. */
  end(): void;
  /** Closes both ends, as an assistant that has died. */
  vanish(): void;
  /** What it has ended with. */
  readonly exited: Promise<number | null>;
  stdout(): string;
  stderr(): string;
};

/** `stave mcp` without a client: whatever a test wants is what it reads. */
export function startRawMcp(env: Readonly<Record<string, string>>): RawMcp {
  const child = spawn(process.execPath, [staveMain, "mcp"], { env: { PATH: process.env.PATH ?? "", ...env } });
  let stdout = "";
  let stderr = "";
  const listeners = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    for (const listen of listeners) listen();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin.on("error", () => {});
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const find = (id: number) =>
    stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line))
      .find((message) => message.id === id);
  return {
    pid: child.pid ?? 0,
    send(...lines) {
      for (const line of lines) child.stdin.write(`${line}\n`);
    },
    answer: (id) =>
      new Promise((resolve, reject) => {
        const listen = () => {
          const found = find(id);
          if (found === undefined) return;
          listeners.delete(listen);
          resolve(found);
        };
        listeners.add(listen);
        void exited.then((code) => reject(new Error(`It has ended with ${code}: ${stderr}`)));
        listen();
      }),
    end: () => child.stdin.end(),
    vanish() {
      child.stdout.destroy();
      child.stdin.destroy();
    },
    exited,
    stdout: () => stdout,
    stderr: () => stderr,
  };
}

export const initialize = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "raw", version: "0" } },
});

export function toolCall(id: number, name: string, input: unknown = {}): string {
  return JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: input } });
}
