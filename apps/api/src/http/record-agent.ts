import type { AuditEntry } from "@stave/control-database";
import type { Request } from "express";
import type { Caller } from "./caller.ts";
import { Problem } from "./problem.ts";

/** Writes an entry of the audit log, or throws. */
export type AddAuditEntry = (entry: AuditEntry) => Promise<void>;

type Call = {
  readonly operationId: string;
  readonly caller: Caller;
  readonly request: Request;
  readonly requestId: string;
};

/**
 * A program that acts for an assistant names it in `stave-agent`, and its own tool in `stave-agent-tool`: then the call is on record before it is
 * done, reads too. Without the header nothing is.
 */
export async function recordAgent(
  add: AddAuditEntry,
  { operationId, caller, request, requestId }: Call,
): Promise<void> {
  const { "stave-agent": agent, "stave-agent-tool": tool } = request.headers;
  if (agent === undefined) return;
  if (typeof agent !== "string" || !/^[\x21-\x7e](?:[\x20-\x7e]{0,126}[\x21-\x7e])?$/.test(agent)) {
    throw new Problem("INVALID_REQUEST", { detail: "Expected stave-agent to be 1 to 128 printable ASCII characters." });
  }
  if (tool !== undefined && (typeof tool !== "string" || !/^[\w.-]{1,64}$/.test(tool))) {
    throw new Problem("INVALID_REQUEST", { detail: "Expected stave-agent-tool to be 1 to 64 letters, digits, _ . -." });
  }
  await add({
    actor: caller.actor,
    action: "agent:call",
    subject: `${request.method} ${request.path}`,
    details: { agent, ...(tool !== undefined && { tool }), operation: operationId, requestId },
  });
}
