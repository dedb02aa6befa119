import type { Permission } from "@stave/api-contract";

/** Who calls, proven. */
export type Caller = {
  readonly kind: "token" | "session";
  /** As the audit log names it: `user:ann@example.com`, `token:deploy`. */
  readonly actor: string;
  /** Whose token or session it is; undefined for the administrator token of the first start. */
  readonly userId: string | undefined;
  readonly permissions: ReadonlySet<Permission>;
};
