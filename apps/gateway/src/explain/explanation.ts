import type { SignatureReport } from "./explain-signature.ts";
import type { KeptAccess } from "./kept-access.ts";
import type { KeptForm } from "./kept-form.ts";
import type { RefusedRequest } from "./refused-request.ts";

/** Why a request was refused, for administrators. Holds no secret, no token, and no signature but its first characters. */
export type Explanation = {
  readonly requestId: string;
  /** ISO 8601. */
  readonly time: string;
  /** The other end of the connection: behind a proxy, that is the proxy. */
  readonly remoteAddress?: string;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query?: string;
  /** False when something of it, too long or a secret that was signed, was left out: then the canonical request is not the whole one. */
  readonly isWhole: boolean;
  /** In order of arrival. What is kept of nobody stands as `-blanked-`. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly operation: RefusedRequest["operation"];
  /** Of the key that signed, which is proved; else see `signature.claimed` or `form`. */
  readonly accessKeyId?: string;
  /** Whose key that is. */
  readonly account?: { readonly id: string; readonly displayName: string };
  readonly status: number;
  readonly code: string;
  /** As the client was told. */
  readonly message: string;
  /** What is wrong and what to do, the likeliest first. */
  readonly hints: readonly string[];
  readonly signature?: Omit<SignatureReport, "hints">;
  readonly access?: KeptAccess;
  readonly form?: KeptForm;
};

/** One of a list of refusals. */
export type RefusalSummary = Pick<
  Explanation,
  "requestId" | "time" | "remoteAddress" | "method" | "path" | "operation" | "status" | "code"
> & {
  /** That signed, or was said to. */
  readonly accessKeyId?: string;
};
