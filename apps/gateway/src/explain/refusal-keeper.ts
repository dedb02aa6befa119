import { compareSignature, type ExplainSignatureOptions } from "./explain-signature.ts";
import { parametersOf } from "./read-signature-claim.ts";
import { flat, headerOf } from "./redact-request.ts";
import type { RefusalRing } from "./refusal-ring.ts";
import { earlyBytes, keepRefusal, type Refusal, type RefusedRequest } from "./refused-request.ts";

/** Keeps refused requests for who asks why. */
export interface RefusalKeeper {
  keep(refusal: Refusal): void;
}

export interface RefusalKeeperOptions extends ExplainSignatureOptions {
  readonly refusals: RefusalRing<RefusedRequest>;
}

/** Each takes a few milliseconds: whoever sends such requests without end is not to slow others. */
const maxComparedPerSecond = 2;
const maxHints = 4;
const maxHintLength = earlyBytes / maxHints;

/**
 * Explanations are made when somebody asks, but for one kind: a signature over something that must not be kept, such as a session
 * token, can only be compared while the request is there. That is done after its answer, for a few of them each second.
 */
export function createRefusalKeeper({ refusals, ...options }: RefusalKeeperOptions): RefusalKeeper {
  let second = 0;
  let compared = 0;
  const mayCompare = ({ receivedAt }: Refusal): boolean => {
    const now = Math.floor(receivedAt.getTime() / 1000);
    if (now !== second) compared = 0;
    second = now;
    compared += 1;
    return compared <= maxComparedPerSecond;
  };
  return {
    keep(refusal) {
      const kept = keepRefusal(refusal);
      refusals.add(kept);
      if (kept.from !== "signature" || kept.form !== undefined) return;
      if (kept.code !== "SignatureDoesNotMatch" || kept.request.isWhole) return;
      if (mayCompare(refusal)) setImmediate(() => void compare(refusal, kept, options));
    },
  };
}

async function compare(
  { sent, receivedAt }: Refusal,
  kept: RefusedRequest,
  options: ExplainSignatureOptions,
): Promise<void> {
  const sessionToken =
    headerOf(sent.rawHeaders, "x-amz-security-token") ?? parametersOf(sent.target).get("x-amz-security-token");
  try {
    const hints = await compareSignature(sent, { ...options, receivedAt, sessionToken });
    kept.early.hints = hints.slice(0, maxHints).map((hint) => flat(hint.slice(0, maxHintLength)));
  } catch {
    // The explanation says then that nothing could be compared.
  }
}
