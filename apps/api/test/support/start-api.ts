import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestGateway } from "../../../gateway/test/support/start-gateway.ts";

/** What `npm run api` runs, after a build. */
export const apiMain = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

export type ApiAnswer = {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
};

export type ApiCall = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly body?: string | Uint8Array;
  /** `null`: none. @default the administrator's */
  readonly token?: string | null;
};

export type TestApi = {
  readonly endpoint: string;
  /** The administrator token of the first start; empty when this was not the first. */
  readonly token: string;
  readonly child: ChildProcess;
  call(path: string, call?: ApiCall): Promise<ApiAnswer>;
  log(): string;
  /** SIGTERM, and the exit code. */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
};

export interface StartApiOptions {
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Of an earlier start on the same directory. */
  readonly token?: string;
}

/** Runs the real api beside a running gateway, on its data directory, and waits until it is ready. */
export async function startApi(
  gateway: Pick<TestGateway, "dataDirectory" | "endpoint">,
  { args = [], env = {}, token: known = "" }: StartApiOptions = {},
): Promise<TestApi> {
  const settings = ["--data-dir", gateway.dataDirectory, "--gateway-url", gateway.endpoint, "--port", "0"];
  // No test touches the Docker of the machine.
  settings.push("--docker-socket", join(gateway.dataDirectory, "no-docker.sock"));
  const child = spawn(process.execPath, [apiMain, ...settings, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // A test that times out never stops its api.
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  child.once("exit", () => process.off("exit", kill));
  const exited = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  let output = "";
  let log = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  const endpoint = await new Promise<string>((resolve, reject) => {
    child.stdout?.on("data", () => {
      const ready = /^ready (http:\/\/\S+)$/m.exec(output)?.[1];
      if (ready !== undefined) resolve(ready);
    });
    child.once("exit", (code) => reject(new Error(`The api ended with ${code} before it was ready:\n${output}${log}`)));
  });
  const token = /^administrator token .*: (\S+)$/m.exec(output)?.[1] ?? known;

  return {
    endpoint,
    token,
    child,
    async call(path, { method = "GET", headers = {}, json, body, token: asked = token } = {}) {
      const response = await fetch(`${endpoint}${path}`, {
        method,
        headers: {
          ...(asked !== null && asked !== "" && { authorization: `Bearer ${asked}` }),
          ...(json !== undefined && { "content-type": "application/json" }),
          ...headers,
        },
        ...(json !== undefined
          ? { body: JSON.stringify(json) }
          : body !== undefined && { body: new Blob([body as Uint8Array<ArrayBuffer>]) }),
        redirect: "manual",
      });
      const text = await response.text();
      const isJson = /\bjson\b/.test(response.headers.get("content-type") ?? "");
      return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
    },
    log: () => log,
    stop: async () => {
      child.kill("SIGTERM");
      return (await exited)[0];
    },
    kill: async () => {
      kill();
      await exited;
    },
  };
}
