import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import type { Bucket, ObjectStore } from "@stave/object-store";
import type { LoggedAddress } from "../access-log/record-access.ts";
import type { Authenticate, Authentication } from "../auth/authenticate.ts";
import type { AuthenticateForm } from "../auth/authenticate-form.ts";
import { authorizeAccount, authorizeBucket } from "../auth/authorize.ts";
import { openBody } from "../body/open-body.ts";
import { defaultOwnership } from "../configuration/access-rules.ts";
import { type ConfigurationCache, noConfigurations } from "../configuration/bucket-configurations.ts";
import { answerPreflight, type CrossOriginRequest, readCrossOrigin } from "../cors/cross-origin-request.ts";
import { S3Error } from "../errors/s3-error.ts";
import { mayBeHeardOf, storeOfRequest } from "../events/store-of-request.ts";
import { headersOfBoth } from "../form/form-headers.ts";
import { receiveForm } from "../form/receive-form.ts";
import { refuseUnsupportedHeaders } from "../headers/refuse-unsupported.ts";
import { withHoistedHeaders } from "../http/hoisted-headers.ts";
import { parseSiteTarget, parseTarget, type Target } from "../http/parse-target.ts";
import { type RequestHeaders, readRequestHeaders } from "../http/request-headers.ts";
import type { S3Response } from "../http/s3-response.ts";
import { getObject } from "../operations/get-object.ts";
import { headObject } from "../operations/head-object.ts";
import { operations } from "../operations/index.ts";
import type { OperationContext, OperationRequest } from "../operations/operation.ts";
import { resolveOperation } from "../routing/resolve-operation.ts";
import type { OperationName } from "../routing/routes.ts";
import { handleWebsite } from "../website/handle-website.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import type { RequestKind } from "./request-record.ts";

/** What is learned about a request on its way, kept for its record even when it fails half way. */
export type RequestProgress = {
  operation: RequestKind;
  accessKeyId: string | undefined;
  address: LoggedAddress | undefined;
  /** Set when the request was authorized, for an operation on a bucket. */
  bucketInfo: Bucket | undefined;
  /** Set when a page of another origin asks: the answer says whether it may read it. */
  crossOrigin: CrossOriginRequest | undefined;
  /** Also when the answer is a website's own page about it. */
  refusal: S3Error | undefined;
  /** What the operator has to look at. */
  failure: unknown;
};

export type Incoming = {
  readonly message: IncomingMessage;
  readonly expectsContinue: boolean;
  /** Answers `Expect: 100-continue`, when the client waits for that. */
  readonly onBodyStart: () => void;
  readonly requestId: string;
};

export type Handling = GatewayOptions & {
  readonly authenticate: Authenticate;
  readonly authenticateForm: AuthenticateForm;
  readonly configurations: ConfigurationCache;
  /** The bucket whose website a host stands for. */
  readonly websiteOf: (host: string | undefined) => string | undefined;
};

/**
 * The way of a request: parse, resolve, authenticate, authorize, open the body, run the operation. Each step may throw; the
 * caller is the only place that catches.
 */
export async function handleRequest(
  { message, expectsContinue, onBodyStart, requestId }: Incoming,
  options: Handling,
  progress: RequestProgress,
): Promise<S3Response> {
  const method = message.method ?? "";
  const rawTarget = message.url ?? "";
  const sentHeaders = readRequestHeaders(message.rawHeaders);
  if (sentHeaders.host === undefined && message.httpVersion !== "1.0") {
    throw new S3Error("BadRequest", "A request must have a Host header.");
  }
  const website = options.websiteOf(sentHeaders.host);
  if (website !== undefined)
    return visitWebsite({ bucket: website, message, requestId, headers: sentHeaders }, options, progress);
  const target = parseTarget(rawTarget, sentHeaders.host, options.addressing);
  progress.address = target;
  if (method === "OPTIONS") {
    progress.operation = "Preflight";
    return answerPreflight(options, { target, headers: sentHeaders });
  }
  progress.crossOrigin = readCrossOrigin({ bucket: target.bucket, method }, sentHeaders);
  progress.operation = resolveOperation({ method, target, headers: sentHeaders });

  const authentication = await options.authenticate({ method, target: rawTarget, rawHeaders: message.rawHeaders });
  progress.accessKeyId = authentication.account?.accessKeyId;
  const headers = authentication.isPresigned ? withHoistedHeaders(sentHeaders, target.query) : sentHeaders;
  refuseUnsupportedHeaders(headers);

  const entry = operations[progress.operation];
  const receivedAt = options.now();
  const known = { operation: progress.operation, authentication, target, headers, receivedAt, message, requestId };
  if (entry.body === "form") return handleForm(onBodyStart, options, progress, { ...known, entry });
  const access = await authorize(options, { ...known, key: target.key });
  progress.bucketInfo = access.bucketInfo;
  const request: OperationRequest = {
    ...access,
    bucket: target.bucket,
    key: target.key,
    query: target.query,
    headers,
    receivedAt,
    bucketUrl: bucketUrl(target, headers),
  };
  if (authentication.payload.kind === "streaming" && entry.body !== "object") {
    throw new S3Error("InvalidRequest", "The value of x-amz-content-sha256 header is invalid.");
  }
  const store = mayBeHeardOf(method, access.bucketInfo, headers)
    ? await storeOfRequest(options.store, { ...known, ...access }, options.now)
    : options.store;
  const context = contextOf(options, progress, store);
  if (entry.body === "none") return entry.run(context, request);
  const body = openBody(message, headers, {
    payload: authentication.payload,
    kind: entry.body,
    maxSizeBytes: entry.body === "object" ? options.maxObjectBytes : entry.maxBodyBytes,
    idleTimeoutMs: options.idleTimeoutMs,
    isComing: !expectsContinue,
    onStart: onBodyStart,
  });
  try {
    return await entry.run(context, { ...request, body });
  } finally {
    body.release();
  }
}

type Known = {
  readonly operation: OperationName;
  readonly authentication: Authentication;
  readonly target: Target;
  readonly headers: RequestHeaders;
  readonly receivedAt: Date;
  readonly message: IncomingMessage;
  readonly requestId: string;
};

/** A browser form says itself who asks, for which key, and what the headers of a PUT would be: it is read before that is decided. */
async function handleForm(
  onBodyStart: Incoming["onBodyStart"],
  options: Handling,
  progress: RequestProgress,
  { entry, ...known }: Known & { readonly entry: FormEntry },
): Promise<S3Response> {
  const { authentication, target, headers, receivedAt, message } = known;
  const head = { ...options, bucket: target.bucket, headers, authentication, onBodyStart };
  return receiveForm(message, head, async ({ account, ...form }) => {
    progress.accessKeyId = account?.accessKeyId;
    refuseUnsupportedHeaders(form.headers);
    progress.address = { bucket: target.bucket, key: form.key, query: noParameters };
    const access = await authorize(options, {
      ...known,
      authentication: { ...authentication, account, authType: account === undefined ? undefined : "POST" },
      key: form.key,
      headers: headersOfBoth(headers, form.headers),
    });
    progress.bucketInfo = access.bucketInfo;
    const store = mayBeHeardOf("POST", access.bucketInfo, headers)
      ? await storeOfRequest(options.store, { ...known, ...access }, options.now)
      : options.store;
    return entry.run(contextOf(options, progress, store), {
      ...form,
      ...access,
      bucket: target.bucket,
      query: noParameters,
      receivedAt,
      bucketUrl: bucketUrl(target, headers),
    });
  });
}

type FormEntry = Extract<(typeof operations)[OperationName], { readonly body: "form" }>;

const noParameters: ReadonlyMap<string, string> = new Map();

function contextOf(options: Handling, progress: RequestProgress, store: ObjectStore): OperationContext {
  return {
    store,
    accounts: options.accounts,
    region: options.region,
    objectOwnership: options.objectOwnership ?? defaultOwnership,
    configurations: options.configurations,
    webhooks: options.webhooks,
    remotes: options.remotes,
    masterKeys: options.masterKeys,
    lifecycleDayMs: options.lifecycleDayMs,
    logError: (error) => {
      progress.failure ??= error;
    },
  };
}

async function authorize(options: Handling, request: Known & { readonly key: string }): Promise<GrantedAccess> {
  const { operation, authentication, target, key, headers, receivedAt, message } = request;
  if (operations[operation].access === "account") {
    const account = authorizeAccount(authentication.account);
    return { account, ...withoutBucket };
  }
  const { bucket, configurations, authorization } = await authorizeBucket(options, {
    operation,
    account: authentication.account,
    authType: authentication.authType,
    bucket: target.bucket,
    key,
    versionId: target.query.get("versionId"),
    query: target.query,
    headers,
    receivedAt,
    peer: { address: message.socket.remoteAddress, isEncrypted: message.socket instanceof TLSSocket },
    region: options.region,
    expectedOwner: headers["x-amz-expected-bucket-owner"],
  });
  return {
    account: authorization.account,
    authorization,
    bucketInfo: bucket,
    versioning: bucket.versioning,
    configurations: () => configurations,
  };
}

type GrantedAccess = Pick<
  OperationRequest,
  "account" | "authorization" | "bucketInfo" | "versioning" | "configurations"
>;

const withoutBucket: Omit<GrantedAccess, "account"> = {
  authorization: undefined,
  bucketInfo: undefined,
  versioning: undefined,
  configurations: () => noConfigurations,
};

function bucketUrl({ bucket, mount, isVirtualHost }: Target, headers: RequestHeaders): string {
  const origin = `http://${headers.host ?? "localhost"}${mount}`;
  return isVirtualHost ? origin : `${origin}/${bucket}`;
}

type WebsiteRequest = {
  readonly bucket: string;
  readonly message: IncomingMessage;
  readonly requestId: string;
  readonly headers: RequestHeaders;
};

async function visitWebsite(
  { bucket, message, requestId, headers }: WebsiteRequest,
  options: Handling,
  progress: RequestProgress,
): Promise<S3Response> {
  const { method = "", url: rawTarget = "" } = message;
  progress.operation = "Website";
  const target = parseSiteTarget(rawTarget);
  progress.address = { bucket, key: target.key, query: noParameters };
  if (method === "OPTIONS") {
    progress.operation = "Preflight";
    return answerPreflight(options, { target: { bucket, key: target.key }, headers });
  }
  progress.crossOrigin = readCrossOrigin({ bucket, method }, headers);
  return handleWebsite(
    { bucket, method, target, headers },
    {
      ...options,
      readAsAnyone: async (readMethod, address, readHeaders) => {
        const operation = readMethod === "GET" ? "GetObject" : "HeadObject";
        const unsigned = { ...address, query: noParameters, bareParameters: nothing, mount: "", isVirtualHost: true };
        const receivedAt = options.now();
        const access = await authorize(options, {
          operation,
          authentication: nobody,
          target: unsigned,
          key: address.key,
          headers: readHeaders,
          receivedAt,
          message,
          requestId,
        });
        const request = {
          ...access,
          ...address,
          query: noParameters,
          headers: readHeaders,
          receivedAt,
          bucketUrl: bucketUrl(unsigned, headers),
        };
        return (operation === "GetObject" ? getObject : headObject)(
          contextOf(options, progress, options.store),
          request,
        );
      },
      onBucket: (bucketInfo) => {
        progress.bucketInfo = bucketInfo;
      },
      onRefusal: (refusal) => {
        progress.refusal = refusal;
      },
    },
  );
}

const nobody: Authentication = {
  account: undefined,
  authType: undefined,
  isPresigned: false,
  payload: { kind: "unsigned" },
};
const nothing: ReadonlySet<string> = new Set();
