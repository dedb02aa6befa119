import type { Accounts } from "../accounts.ts";
import { explainAccess } from "./explain-access.ts";
import { explainForm } from "./explain-form.ts";
import { explainPreflight } from "./explain-preflight.ts";
import { type ExplainSignatureOptions, explainSignature, type SignatureReport } from "./explain-signature.ts";
import type { Explanation, RefusalSummary } from "./explanation.ts";
import { type FindKeyState, keyHint, limitOf } from "./key-hint.ts";
import { otherHints } from "./other-hints.ts";
import { readSignatureClaim } from "./read-signature-claim.ts";
import { headerOf } from "./redact-request.ts";
import type { RefusalRing } from "./refusal-ring.ts";
import type { RefusedRequest } from "./refused-request.ts";

export type RefusalQuery = {
  /** At most so many. */
  readonly limit: number;
  /** Only those of this access key id. */
  readonly key?: string;
  /** Only those of this error code. */
  readonly code?: string;
};

/** Answers for the refusals that one process has kept. */
export interface Explainer {
  /** Undefined for a request that this process did not refuse, or has forgotten. */
  explain(requestId: string): Promise<Explanation | undefined>;
  /** The newest first. */
  list(query: RefusalQuery): readonly RefusalSummary[];
}

export interface ExplainerOptions extends ExplainSignatureOptions {
  readonly refusals: RefusalRing<RefusedRequest>;
  readonly accounts: Accounts;
  readonly findKeyState: FindKeyState;
}

/** All work on an explanation is done when somebody asks. */
export function createExplainer(options: ExplainerOptions): Explainer {
  const { refusals } = options;
  return {
    async explain(requestId) {
      const refused = refusals.find(requestId);
      return refused && (await explainRefusal(refused, options));
    },
    list({ limit, key, code }) {
      const found: RefusalSummary[] = [];
      for (const refused of refusals.newestFirst()) {
        if (found.length >= limit) break;
        if (code !== undefined && refused.code !== code) continue;
        const summary = summarize(refused);
        if (key === undefined || summary.accessKeyId === key) found.push(summary);
      }
      return found;
    },
  };
}

async function explainRefusal(refused: RefusedRequest, options: ExplainerOptions): Promise<Explanation> {
  const { request, access, form, remoteAddress, accessKeyId, accountId } = refused;
  const [path = "", query] = splitOnce(request.target, "?");
  const report =
    refused.from === "signature" && form === undefined ? await explainSignature(refused, options) : undefined;
  return {
    requestId: refused.requestId,
    time: refused.receivedAt.toISOString(),
    ...(remoteAddress !== undefined && { remoteAddress }),
    method: request.method,
    host: headerOf(request.rawHeaders, "host") ?? "",
    path,
    ...(query !== undefined && { query }),
    isWhole: request.isWhole,
    headers: pairsOf(request.rawHeaders),
    operation: refused.operation,
    ...(accessKeyId !== undefined && { accessKeyId }),
    ...(accountId !== undefined && {
      account: { id: accountId, displayName: options.accounts.displayNameOf(accountId) },
    }),
    status: refused.status,
    code: refused.code,
    message: refused.message,
    hints: await hintsOf(refused, report, options),
    ...(report !== undefined && { signature: signatureOf(report) }),
    ...(access !== undefined && { access }),
    ...(form !== undefined && { form }),
  };
}

async function hintsOf(
  refused: RefusedRequest,
  report: SignatureReport | undefined,
  options: ExplainerOptions,
): Promise<readonly string[]> {
  const { from, access, form, code } = refused;
  const { accounts, findKeyState } = options;
  if (code === "InvalidAccessKeyId") {
    const isPresigned = report?.claimed?.kind === "query";
    return [await keyHint(claimedKeyOf(refused) ?? "", { findKeyState, isPresigned })];
  }
  if (report !== undefined) return report.hints;
  if (access !== undefined) {
    const limits = (accessKeyId: string) => limitOf(accessKeyId, findKeyState);
    return explainAccess(refused, access, { nameOf: accounts.displayNameOf, limitOf: limits });
  }
  if (from === "preflight") return explainPreflight(refused);
  if (form !== undefined && (from === "form" || from === "signature")) return explainForm(refused, form, options);
  return otherHints(refused);
}

function signatureOf({ claimed, computed }: SignatureReport): Omit<SignatureReport, "hints"> {
  return { ...(claimed !== undefined && { claimed }), ...(computed !== undefined && { computed }) };
}

function summarize(refused: RefusedRequest): RefusalSummary {
  const { request, remoteAddress } = refused;
  const accessKeyId = refused.accessKeyId ?? claimedKeyOf(refused);
  return {
    requestId: refused.requestId,
    time: refused.receivedAt.toISOString(),
    ...(remoteAddress !== undefined && { remoteAddress }),
    method: request.method,
    path: splitOnce(request.target, "?")[0],
    operation: refused.operation,
    ...(accessKeyId !== undefined && { accessKeyId }),
    status: refused.status,
    code: refused.code,
  };
}

function claimedKeyOf({ request, form }: RefusedRequest): string | undefined {
  return readSignatureClaim(request)?.accessKeyId ?? form?.accessKeyId;
}

function pairsOf(rawHeaders: readonly string[]): readonly (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) pairs.push([rawHeaders[at] ?? "", rawHeaders[at + 1] ?? ""]);
  return pairs;
}

function splitOnce(text: string, mark: string): readonly [string, string | undefined] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + mark.length)];
}
