import type { ObjectStore } from "@stave/object-store";
import type { Accounts } from "../accounts.ts";
import type { ObjectOwnership } from "../configuration/access-rules.ts";
import type { Addressing } from "../http/parse-target.ts";
import type { RequestRecord } from "./request-record.ts";

export interface GatewayOptions {
  readonly store: ObjectStore;
  readonly accounts: Accounts;
  readonly region: string;
  readonly addressing: Addressing;
  /** Of one PUT or part. */
  readonly maxObjectBytes: number;
  /** Of buckets that are made without saying. @default "ObjectWriter" */
  readonly objectOwnership?: ObjectOwnership;
  /** Without a byte for this long, in either direction, a request ends. */
  readonly idleTimeoutMs: number;
  readonly now: () => Date;
  /** How long a day of a lifecycle rule is: what answers say of expiration must agree with what is done. */
  readonly lifecycleDayMs: number;
  /** Called once for each request, when its answer has been sent or the client has gone. Must not throw. */
  readonly onRequest: (record: RequestRecord) => void;
}
