import type { Case } from "./create-case.ts";
import type { Outcome } from "./exchange.ts";
import type { Identities } from "./identities.ts";
import { maySucceed } from "./may-succeed.ts";
import { type Answer, readAnswers } from "./read-answers.ts";
import { readRequests } from "./read-requests.ts";
import { headerOf } from "./wire-request.ts";

/**
 * `failure`: a 5xx that nobody meant. `unauthorized`: success without a right to it. `malformed`: no well-formed HTTP, or no
 * request id. `silent`: no answer. `hanging`: no end. `leak`: a secret seen. `effect`: what nobody may change has changed.
 * `process`: one has ended, or logged an error. `memory`: it grows.
 */
export type FindingKind =
  | "failure"
  | "unauthorized"
  | "malformed"
  | "silent"
  | "hanging"
  | "leak"
  | "effect"
  | "process"
  | "memory";

export type Finding = { readonly kind: FindingKind; readonly text: string };

export type Verdict = {
  readonly findings: readonly Finding[];
  /** Of each answer; `none` when none came. */
  readonly statuses: readonly string[];
};

/** Holds what came back against what was sent. */
export function judge(
  { pieces, ending }: Pick<Case, "pieces" | "ending">,
  outcome: Outcome,
  { identities, canaries }: { readonly identities: Identities; readonly canaries: readonly string[] },
): Verdict {
  const findings: Finding[] = [];
  const find = (kind: FindingKind, text: string) => findings.push({ kind, text });
  const received = outcome.received.toString("latin1");
  for (const canary of canaries) if (received.includes(canary)) find("leak", `an answer tells ${canary.slice(0, 12)}…`);
  if (outcome.error !== undefined) find("malformed", `the connection failed: ${outcome.error}`);
  if (outcome.isHanging) find("hanging", `no end after ${outcome.received.length} bytes of an answer`);
  if (ending.kind === "abort") return { findings, statuses: ["aborted"] };

  const { requests, partial } = readRequests(Buffer.concat(pieces));
  const methods = [...requests, partial].map((it) => it?.method ?? "");
  const { answers, fault } = readAnswers(outcome.received, methods);
  if (fault !== undefined && !outcome.isReset && !outcome.isHanging) find("malformed", fault);
  for (const [at, answer] of answers.entries()) {
    const fault = faultOf(answer);
    if (fault !== undefined) find(answer.status >= 500 ? "failure" : "malformed", fault);
    if (!isSuccess(answer)) continue;
    const request = requests[at];
    if (request !== undefined) {
      const { may, why } = maySucceed(request, identities);
      if (!may) find("unauthorized", `${answer.status} for ${request.method} ${request.target.slice(0, 80)}: ${why}`);
    } else if (at === requests.length && partial !== undefined) {
      const { may, why } = maySucceed(partial, identities, { isPartial: true });
      if (!may)
        find("unauthorized", `${answer.status} for a part of ${partial.method} ${partial.target.slice(0, 80)}: ${why}`);
    } else find("unauthorized", `${answer.status} for what is no request`);
  }
  if (answers.length > requests.length + 1)
    find("malformed", `${answers.length} answers to ${requests.length} requests`);
  const isSilent = outcome.received.length === 0 && !outcome.isReset && !outcome.isHanging;
  if (ending.kind === "keep" && isSilent) find("silent", "no answer");
  return { findings, statuses: answers.length === 0 ? ["none"] : answers.map(({ status }) => String(status)) };
}

/** What no answer may be, whatever was asked. */
function faultOf(answer: Answer): string | undefined {
  const { status, body } = answer;
  const code = /<Code>(\w+)<\/Code>/.exec(body)?.[1];
  const isMeant = status < 500 || status === 501 || (status === 503 && code === "SlowDown");
  if (!isMeant) return `${status} ${code ?? ""}`;
  const id = headerOf(answer, "x-amz-request-id") ?? "";
  if (!/^[0-9A-F]{16}$/.test(id)) return `a ${status} has ${id === "" ? "no request id" : `the request id ${id}`}`;
  if (status >= 400 && body !== "" && code === undefined && !/<html>/i.test(body))
    return `a ${status} is no error document`;
  return undefined;
}

function isSuccess({ status }: Answer): boolean {
  return (status >= 200 && status < 300) || status === 304;
}
