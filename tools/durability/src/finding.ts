/** What can be wrong after a cut. */
export const findingKinds = ["lost", "torn", "undeleted", "phantom", "listing", "start"] as const;

/**
 * `lost`: an acknowledged write is not there, or an older state is. `torn`: visible, and with wrong bytes, cut short or
 * unreadable. `undeleted`: an acknowledged delete has been undone. `phantom`: a key or bytes that nobody wrote. `listing`: LIST
 * and GET disagree. `start`: the store does not open.
 */
export type FindingKind = (typeof findingKinds)[number];

export type Finding = {
  readonly kind: FindingKind;
  /** `bucket/key`, or what else it is about. */
  readonly subject: string;
  /** Of the key; 0 if the finding is not about one operation. */
  readonly operation: number;
  /** What is wrong, in words. */
  readonly text: string;
};

/** The same for two findings that are about the same fault, so that one seen again after the next cut is counted once. */
export function findingId({ kind, subject, operation }: Finding): string {
  return `${kind} ${subject} ${operation}`;
}
