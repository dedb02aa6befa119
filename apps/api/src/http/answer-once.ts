import { createHmac, randomBytes } from "node:crypto";
import type { ApiContext } from "../context.ts";
import type { Caller } from "./caller.ts";
import type { AnyAnswer } from "./handler.ts";
import { Problem } from "./problem.ts";

export type CallToAnswer = {
  readonly operationId: string;
  readonly caller: Caller;
  /** What the client has sent as `Idempotency-Key`. */
  readonly key: string;
  /** Everything else that it has sent, validated. */
  readonly input: unknown;
};

/** Answers a call, or gives the answer again that the same call has had. */
export type AnswerOnce = (call: CallToAnswer, handle: () => Promise<AnyAnswer> | AnyAnswer) => Promise<AnyAnswer>;

const keptMs = 24 * 60 * 60 * 1000;
/** A process that has ended does not keep others waiting for longer. */
const leaseMs = 60_000;
/** The vault seals no more at once. */
const maxAnswerBytes = 60 * 1024;

/**
 * A key belongs to who has sent it. Only success is kept: after an error the same key may be tried again. What is kept is sealed, since the
 * answer may hold a secret that is shown only once. `hashKey` is of `openRequestHashKey`.
 */
export function createAnswerOnce(
  { database: { idempotency }, vault, now, logger }: ApiContext,
  hashKey: Buffer,
): AnswerOnce {
  const hashOf = (value: unknown) => createHmac("sha256", hashKey).update(JSON.stringify(value)).digest("hex");
  const warn = (message: string) => (error: unknown) => logger.warn({ err: error }, message);
  const later = (ms: number) => new Date(now().getTime() + ms);
  const replay = async (keyHash: string, envelope: string): Promise<AnyAnswer> => {
    const answer = JSON.parse(await vault.open(envelope, idempotency.contextOf(keyHash)));
    if (answer === null) {
      throw new Problem("CONFLICT", { detail: "This was done; the answer was too large to be kept." });
    }
    return { ...answer, headers: { ...answer.headers, "idempotency-replayed": "true" } };
  };
  const keep = async (keyHash: string, owner: string, { status, headers, body }: AnyAnswer): Promise<void> => {
    const text = JSON.stringify({ status, headers, body });
    const kept = Buffer.byteLength(text) > maxAnswerBytes ? "null" : text;
    await idempotency.finish(keyHash, owner, await vault.seal(kept, idempotency.contextOf(keyHash)));
  };

  return async ({ operationId, caller, key, input }, handle) => {
    if (!/^[!-~]{1,255}$/.test(key)) {
      throw new Problem("INVALID_REQUEST", { detail: "Idempotency-Key: expected 1 to 255 visible ASCII characters." });
    }
    const keyHash = hashOf([caller.id, key]);
    const requestHash = hashOf([operationId, input]);
    const owner = randomBytes(16).toString("hex");
    const times = { at: now(), leaseUntil: later(leaseMs), expiresAt: later(keptMs) };
    const found = await idempotency.begin({ keyHash, requestHash, owner, ...times });
    if (found.state === "answered") return replay(keyHash, found.envelope);
    if (found.state === "other") throw new Problem("IDEMPOTENCY_KEY_REUSED");
    if (found.state === "running") throw new Problem("IDEMPOTENCY_KEY_IN_USE", { headers: { "retry-after": "1" } });

    const renewal = setInterval(() => {
      idempotency.renew(keyHash, owner, later(leaseMs)).catch(warn("an idempotency key could not be held"));
    }, leaseMs / 3);
    try {
      const answer = await handle();
      // It is done: whoever asked hears so, even if it cannot be said a second time.
      await keep(keyHash, owner, answer).catch(warn("an answer could not be kept for its idempotency key"));
      return answer;
    } catch (error) {
      await idempotency.drop(keyHash, owner).catch(warn("an idempotency key could not be freed"));
      throw error;
    } finally {
      clearInterval(renewal);
    }
  };
}
