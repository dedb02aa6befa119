import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { staveMain } from "./run-stave.ts";

export type ToolAnswer = {
  readonly isError: boolean;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly value: any;
};

export type TestMcp = {
  readonly client: Client;
  readonly pid: number;
  call(tool: string, input?: Readonly<Record<string, unknown>>): Promise<ToolAnswer>;
  /** Everything it has written, on stdout and stderr. */
  said(): string;
  close(): Promise<void>;
};

export type StartMcpOptions = {
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
};

/** Runs the built `stave mcp`, and talks to it with the client of the protocol's own library. */
export async function startMcp({ args = [], env, cwd }: StartMcpOptions): Promise<TestMcp> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [staveMain, "mcp", ...args],
    env: { PATH: process.env.PATH ?? "", ...env },
    cwd,
    stderr: "pipe",
  });
  let said = "";
  transport.stderr?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const client = new Client({ name: "test-assistant", version: "1.2.3" });
  await client.connect(transport);
  const receive = transport.onmessage;
  transport.onmessage = (message, ...rest: []) => {
    said += `${JSON.stringify(message)}\n`;
    receive?.(message, ...rest);
  };
  return {
    client,
    pid: transport.pid ?? 0,
    async call(name, input = {}) {
      const result = await client.callTool({ name, arguments: { ...input } });
      const [block] = result.content as readonly { readonly type: string; readonly text: string }[];
      const text = block?.text ?? "";
      return { isError: result.isError === true, text, value: JSON.parse(text) };
    },
    said: () => said,
    close: () => client.close(),
  };
}
