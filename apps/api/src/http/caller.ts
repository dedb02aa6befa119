import type { Permission } from "@stave/api-contract";

/** Who calls, proven. */
export type Caller = {
  readonly kind: "token" | "session";
  /** Stays the same, and is nobody else's: `token:ID` or `user:ID`. */
  readonly id: string;
  /** As the audit log names it: `user:ann@example.com`, `user:ann@example.com/token:ID`, `token:administrator`. */
  readonly actor: string;
  /** Whose token or session it is; undefined for tokens of nobody, as the administrator token of the first start. */
  readonly userId: string | undefined;
  /** Of a token: never more than its user has at this moment. */
  readonly permissions: ReadonlySet<Permission>;
  readonly expiresAt: Date | undefined;
  /** The hash of the session's id; undefined for tokens. */
  readonly sessionIdHash: string | undefined;
};
