import type { Identity } from "../auth/identity.ts";
import type { Sessions } from "../control/sessions.ts";

/** What a call says, each parameter once. */
export type StsParameters = ReadonlyMap<string, string>;

export type StsRequest = {
  readonly identity: Identity;
  readonly parameters: StsParameters;
  readonly sessions: Sessions | undefined;
  /** For the audit log. */
  readonly origin: { readonly requestId: string; readonly remoteAddress: string | undefined };
};

/** The content of a result: elements by name, in order. What is undefined is left out. */
export type StsResult = { readonly [name: string]: string | StsResult | undefined };

export type StsAction = {
  /** What it reads; whatever else comes is refused, as it could be meant to narrow what is given away. */
  readonly parameters: readonly string[];
  readonly run: (request: StsRequest) => Promise<StsResult>;
};
