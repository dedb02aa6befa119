import type { IncomingMessage } from "node:http";
import type { Bucket } from "@stave/object-store";
import type { LoggedAddress } from "../access-log/record-access.ts";
import type { Accounts } from "../accounts.ts";
import type { Authenticate, Authentication } from "../auth/authenticate.ts";
import type { AuthenticateForm } from "../auth/authenticate-form.ts";
import type { AuthenticateSts } from "../auth/authenticate-sts.ts";
import type { Identity } from "../auth/identity.ts";
import type { ConfigurationCache } from "../configuration/bucket-configurations.ts";
import type { CrossOriginRequest } from "../cors/cross-origin-request.ts";
import type { S3Error } from "../errors/s3-error.ts";
import type { SentForm } from "../explain/kept-form.ts";
import type { Target } from "../http/parse-target.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import type { RequestMeter } from "../limits/rate-limits.ts";
import type { Peer } from "../peer/find-peer.ts";
import type { OperationName } from "../routing/routes.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import type { RequestKind } from "./request-record.ts";

/** What is learned about a request on its way, kept for its record even when it fails half way. */
export type RequestProgress = {
  operation: RequestKind;
  /** Set when the request was authenticated; undefined for anonymous ones. */
  identity: Identity | undefined;
  address: LoggedAddress | undefined;
  /** Set when the request was authorized, for an operation on a bucket. */
  bucketInfo: Bucket | undefined;
  /** Set when a page of another origin asks: the answer says whether it may read it. */
  crossOrigin: CrossOriginRequest | undefined;
  /** Set when a browser form was read, whoever signed it. */
  form: SentForm | undefined;
  /** Also when the answer is a website's own page about it. */
  refusal: S3Error | undefined;
  /** The first 403 that is answered inside a success. */
  refusedPart: S3Error | undefined;
  /** What the operator has to look at. */
  failure: unknown;
};

export type Incoming = {
  readonly message: IncomingMessage;
  readonly peer: Peer;
  /** Undefined when nothing is limited. */
  readonly meter: RequestMeter | undefined;
  readonly expectsContinue: boolean;
  /** Answers `Expect: 100-continue`, when the client waits for that. */
  readonly onBodyStart: () => void;
  readonly requestId: string;
};

export type Handling = GatewayOptions & {
  readonly authenticate: Authenticate;
  readonly authenticateForm: AuthenticateForm;
  readonly authenticateSts: AuthenticateSts;
  readonly configurations: ConfigurationCache;
  /** Whether the `Host` of a request may be another than its client signed for. */
  readonly mayReplaceHost: boolean;
  readonly accounts: Accounts;
  /** The bucket whose website a host stands for. */
  readonly websiteOf: (host: string | undefined) => string | undefined;
};

/** A request that was parsed and authenticated: what the decision about it, and the operation, are made from. */
export type Known = {
  readonly operation: OperationName;
  readonly authentication: Authentication;
  readonly target: Target;
  readonly headers: RequestHeaders;
  readonly receivedAt: Date;
  readonly message: IncomingMessage;
  readonly peer: Peer;
  readonly requestId: string;
};

export const noParameters: ReadonlyMap<string, string> = new Map();
