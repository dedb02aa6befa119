import { hash } from "node:crypto";
import { MemoryStore } from "express-rate-limit";
import { Problem } from "../http/problem.ts";

/** Counts wrong passwords of one account, from wherever they come, in this process. */
export type SignInThrottle = {
  /** To be called before the password is looked at. Throws a {@link Problem} when there were too many, also for accounts that do not exist. */
  count(email: string): Promise<void>;
  /** The password was right. */
  forget(email: string): Promise<void>;
};

const windowMs = 15 * 60_000;
const maxFailures = 10;

export function createSignInThrottle(): SignInThrottle {
  const store = new MemoryStore();
  store.init({ windowMs } as Parameters<MemoryStore["init"]>[0]); // the only option that it reads
  const keyOf = (email: string) => hash("sha256", email.toLowerCase());
  return {
    async count(email) {
      const { totalHits, resetTime } = await store.increment(keyOf(email));
      if (totalHits <= maxFailures) return;
      const seconds = Math.ceil(((resetTime?.getTime() ?? Date.now() + windowMs) - Date.now()) / 1000);
      throw new Problem("TOO_MANY_REQUESTS", {
        detail: "Too many wrong passwords for this account. Retry-After says when to go on.",
        headers: { "retry-after": String(Math.max(1, seconds)) },
      });
    },
    forget: (email) => store.resetKey(keyOf(email)),
  };
}
