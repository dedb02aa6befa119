import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import type { z } from "zod";
import type { ApiClient } from "../api/api-client.ts";
import { CliError } from "../command/cli-error.ts";
import { agentApi } from "./agent-api.ts";
import { notice, toErrorResult, toResult } from "./answer.ts";
import type { Redactor } from "./redact.ts";
import type { SecretFiles } from "./secret-files.ts";
import type { Tier, Tool } from "./tool.ts";

const longestMs = 60_000;

export type ToolHost = {
  readonly tools: readonly Tool[];
  readonly tiers: ReadonlySet<Tier>;
  readonly api: ApiClient;
  readonly secretFiles: SecretFiles;
  readonly redactor: Redactor;
  readonly now: () => Date;
  /** Told when something is wrong that nobody foresaw. */
  readonly report: (error: unknown) => void;
};

type Call = {
  readonly name: string;
  readonly input: unknown;
  /** As it is written down. */
  readonly agent: string;
  readonly signal: AbortSignal;
};

/** Runs a tool if it is allowed and its input is right. Never throws, and never answers a secret that this process has held. */
export async function callTool(host: ToolHost, call: Call): Promise<CallToolResult> {
  const result = await run(host, call).catch((error: unknown) => {
    if (!(error instanceof CliError)) host.report(error);
    return toErrorResult(error);
  });
  const content = result.content.map((block) =>
    block.type === "text" ? { ...block, text: host.redactor.redact(block.text) } : block,
  );
  return { ...result, content };
}

async function run(host: ToolHost, { name, input, agent, signal }: Call): Promise<CallToolResult> {
  const tool = host.tools.find((one) => one.name === name);
  if (tool === undefined) throw unknownTool(name, host);
  if (!host.tiers.has(tool.tier)) throw notAllowed(tool);
  const read = tool.input.safeParse(input ?? {});
  if (!read.success) throw invalidInput(read.error);
  const during = AbortSignal.any([signal, AbortSignal.timeout(longestMs)]);
  const { secretFiles, tiers, now } = host;
  const api = agentApi(host.api, { agent, tool: name, signal: during });
  const answer = await tool.run({ api, secretFiles, tiers, now, signal: during }, read.data);
  return toResult(tool.isUntrusted ? { notice, ...(answer as object) } : answer);
}

function unknownTool(name: string, { tools, tiers }: ToolHost): CliError {
  const known = tools.filter(({ tier }) => tiers.has(tier)).map((tool) => tool.name);
  return new CliError("Usage", `There is no tool ${name.slice(0, 64)}.`, {
    serverCode: "UNKNOWN_TOOL",
    next: [`Tools: ${known.join(", ")}`],
  });
}

function notAllowed({ name, tier }: Tool): CliError {
  const flag = tier === "write" ? "--allow-writes" : "--allow-destructive";
  return new CliError("Forbidden", `The tool ${name} is switched off.`, {
    serverCode: "TOOL_NOT_ALLOWED",
    why: `stave mcp was started without ${flag}.`,
    next: [`Ask the person whether they want to start stave mcp with ${flag}. Do not look for another way.`],
  });
}

const maxIssues = 5;

/** What was sent is not repeated: it may be long, or a secret. */
function invalidInput({ issues }: z.ZodError): CliError {
  const found = issues.slice(0, maxIssues).map(({ path, message }) => {
    const at = path.map(String).join(".").slice(0, 100);
    return `${at === "" ? "arguments" : at}: ${message.slice(0, 200)}`;
  });
  return new CliError("Usage", "The arguments are not what the tool takes.", {
    serverCode: "INVALID_ARGUMENTS",
    why: found.join("; "),
  });
}
