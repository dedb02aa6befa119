import type { ObjectStore } from "@stave/object-store";
import type { TrustedProxies } from "@stave/sigv4-verify";
import type { AccessLog } from "../access-log/create-access-log.ts";
import type { Identities } from "../auth/identities.ts";
import type { ObjectOwnership } from "../configuration/access-rules.ts";
import type { Sessions } from "../control/sessions.ts";
import type { MasterKeys } from "../encryption/master-keys.ts";
import type { Webhooks } from "../events/webhooks.ts";
import type { RefusalKeeper } from "../explain/refusal-keeper.ts";
import type { Addressing } from "../http/parse-target.ts";
import type { LimitKind } from "../limits/limit-kind.ts";
import type { RateLimits } from "../limits/rate-limits.ts";
import type { Remotes } from "../replication/remotes.ts";
import type { RecordOperation } from "./audit-operation.ts";
import type { RequestRecord } from "./request-record.ts";

export interface GatewayOptions {
  readonly store: ObjectStore;
  readonly identities: Identities;
  /** Issues temporary keys. @default such requests are refused */
  readonly sessions?: Sessions;
  readonly region: string;
  /** Where events may be sent to. */
  readonly webhooks: Webhooks;
  /** Where objects may be copied to. */
  readonly remotes: Remotes;
  readonly masterKeys: MasterKeys;
  readonly addressing: Addressing;
  /** Whose word is taken for who is asking, how, and under which host name. @default nobody's */
  readonly trustedProxies?: TrustedProxies;
  /** Up to 8 names that clients sign for where a proxy puts another into `Host`. @default none */
  readonly publicHosts?: readonly string[];
  /** Host names of websites, lower case, longest first: see `WebsiteHosts`. @default none */
  readonly websiteDomains?: readonly string[];
  /** Of one PUT or part. */
  readonly maxObjectBytes: number;
  /** Of buckets that are made without saying. @default "ObjectWriter" */
  readonly objectOwnership?: ObjectOwnership;
  /** Without a byte for this long, in either direction, a request ends. */
  readonly idleTimeoutMs: number;
  readonly now: () => Date;
  /** @default no limits */
  readonly rateLimits?: RateLimits | undefined;
  /** Of this process. @default no limit */
  readonly maxConnections?: number | undefined;
  /** Of this process; trusted proxies may have more. @default no limit */
  readonly maxConnectionsPerAddress?: number | undefined;
  /** A connection was refused: no request tells of it. */
  readonly onConnectionRefused?: (limit: LimitKind) => void;
  /** The time for a request's head, from the first byte or the opening of its connection. @default 30,000 */
  readonly headersTimeoutMs?: number;
  /** How long a connection may wait for its next request. @default 75,000 */
  readonly keepAliveTimeoutMs?: number;
  /** For buckets that log. Its owner closes it, after the last request. @default nothing is logged */
  readonly accessLog?: AccessLog;
  /** Where requests that were refused are kept for who asks why. @default nothing is kept */
  readonly refusals?: RefusalKeeper;
  /** For changes of buckets. @default they are not on record */
  readonly recordOperation?: RecordOperation;
  /** How long a day of a lifecycle rule is: what answers say of expiration must agree with what is done. */
  readonly lifecycleDayMs: number;
  /** Called once for each request, when its answer has been sent or the client has gone. Must not throw. */
  readonly onRequest: (record: RequestRecord) => void;
}
