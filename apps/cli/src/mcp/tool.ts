import type { z } from "zod";
import type { ApiClient } from "../api/api-client.ts";
import type { SecretFiles } from "./secret-files.ts";

/** What a tool may do at most. Only `read` is offered unless more was allowed when the server was started. */
export type Tier = "read" | "write" | "destructive";

export const tiers: readonly Tier[] = ["read", "write", "destructive"];

export type ToolContext = {
  /** Its calls name the assistant and the tool. */
  readonly api: ApiClient;
  readonly secretFiles: SecretFiles;
  readonly tiers: ReadonlySet<Tier>;
  readonly now: () => Date;
  /** Aborted when the assistant cancels, and after a minute. */
  readonly signal: AbortSignal;
};

/** One tool as assistants see it. What `run` answers is sent as JSON, and must never hold a secret. */
export type Tool<Input extends z.ZodObject = z.ZodObject> = {
  readonly name: string;
  readonly tier: Tier;
  /** What it does, changes and costs. */
  readonly description: string;
  readonly input: Input;
  /** Its answer has names or contents that others have written. */
  readonly isUntrusted: boolean;
  /** Asking again changes nothing more. */
  readonly isIdempotent: boolean;
  /** The operations of the API that it uses, by id. */
  readonly operations: readonly string[];
  run(context: ToolContext, input: z.output<Input>): Promise<unknown>;
};

export function defineTool<const Input extends z.ZodObject>(tool: Tool<Input>): Tool {
  // What comes in is read with the schema of the same tool before it is run.
  return tool as unknown as Tool;
}
