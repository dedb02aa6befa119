import type { IncomingMessage } from "node:http";
import type { Authenticate, Authentication } from "../auth/authenticate.ts";
import type { AuthenticateForm } from "../auth/authenticate-form.ts";
import { authorizeAccount, authorizeBucket } from "../auth/authorize.ts";
import { openBody } from "../body/open-body.ts";
import { type ConfigurationCache, noConfigurations } from "../configuration/bucket-configurations.ts";
import { S3Error } from "../errors/s3-error.ts";
import { headersOfBoth } from "../form/form-headers.ts";
import { receiveForm } from "../form/receive-form.ts";
import { refuseUnsupportedHeaders } from "../headers/refuse-unsupported.ts";
import { withHoistedHeaders } from "../http/hoisted-headers.ts";
import { parseTarget, type Target } from "../http/parse-target.ts";
import { type RequestHeaders, readRequestHeaders } from "../http/request-headers.ts";
import type { S3Response } from "../http/s3-response.ts";
import { operations } from "../operations/index.ts";
import type { OperationContext, OperationRequest } from "../operations/operation.ts";
import { resolveOperation } from "../routing/resolve-operation.ts";
import type { OperationName } from "../routing/routes.ts";
import type { GatewayOptions } from "./gateway-options.ts";

/** What is learned about a request on its way, kept for its record even when it fails half way. */
export type RequestProgress = {
  operation: OperationName | "Unknown";
  accessKeyId: string | undefined;
  /** What the operator has to look at. */
  failure: unknown;
};

export type Incoming = {
  readonly message: IncomingMessage;
  readonly expectsContinue: boolean;
  /** Answers `Expect: 100-continue`, when the client waits for that. */
  readonly onBodyStart: () => void;
};

export type Handling = GatewayOptions & {
  readonly authenticate: Authenticate;
  readonly authenticateForm: AuthenticateForm;
  readonly configurations: ConfigurationCache;
};

/**
 * The way of a request: parse, resolve, authenticate, authorize, open the body, run the operation. Each step may throw; the
 * caller is the only place that catches.
 */
export async function handleRequest(
  { message, expectsContinue, onBodyStart }: Incoming,
  options: Handling,
  progress: RequestProgress,
): Promise<S3Response> {
  const method = message.method ?? "";
  const rawTarget = message.url ?? "";
  const sentHeaders = readRequestHeaders(message.rawHeaders);
  if (sentHeaders.host === undefined && message.httpVersion !== "1.0") {
    throw new S3Error("BadRequest", "A request must have a Host header.");
  }
  const target = parseTarget(rawTarget, sentHeaders.host, options.addressing);
  progress.operation = resolveOperation({ method, target, headers: sentHeaders });

  const authentication = await options.authenticate({ method, target: rawTarget, rawHeaders: message.rawHeaders });
  progress.accessKeyId = authentication.account?.accessKeyId;
  const headers = authentication.isPresigned ? withHoistedHeaders(sentHeaders, target.query) : sentHeaders;
  refuseUnsupportedHeaders(headers);

  const entry = operations[progress.operation];
  if (entry.body === "form") {
    return handleForm({ message, onBodyStart }, options, progress, { entry, authentication, target, headers });
  }
  const access = await authorize(options, { entry, authentication, target, headers });
  const request: OperationRequest = {
    ...access,
    bucket: target.bucket,
    key: target.key,
    query: target.query,
    headers,
    receivedAt: options.now(),
    bucketUrl: bucketUrl(target, headers),
  };
  if (authentication.payload.kind === "streaming" && entry.body !== "object") {
    throw new S3Error("InvalidRequest", "The value of x-amz-content-sha256 header is invalid.");
  }
  const context = contextOf(options, progress);
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
  readonly authentication: Authentication;
  readonly target: Target;
  readonly headers: RequestHeaders;
};

/** A browser form says itself who asks, for which key, and what the headers of a PUT would be: it is read before that is decided. */
async function handleForm(
  { message, onBodyStart }: Pick<Incoming, "message" | "onBodyStart">,
  options: Handling,
  progress: RequestProgress,
  { entry, authentication, target, headers }: Known & { readonly entry: FormEntry },
): Promise<S3Response> {
  const head = { ...options, bucket: target.bucket, headers, authentication, onBodyStart };
  return receiveForm(message, head, async ({ account, ...form }) => {
    progress.accessKeyId = account?.accessKeyId;
    refuseUnsupportedHeaders(form.headers);
    const access = await authorize(options, {
      entry,
      authentication: { ...authentication, account },
      target: { ...target, key: form.key },
      headers: headersOfBoth(headers, form.headers),
    });
    return entry.run(contextOf(options, progress), {
      ...form,
      ...access,
      bucket: target.bucket,
      query: noParameters,
      receivedAt: options.now(),
      bucketUrl: bucketUrl(target, headers),
    });
  });
}

type FormEntry = Extract<(typeof operations)[OperationName], { readonly body: "form" }>;

const noParameters: ReadonlyMap<string, string> = new Map();

function contextOf({ store, accounts, region }: GatewayOptions, progress: RequestProgress): OperationContext {
  return {
    store,
    accounts,
    region,
    logError: (error) => {
      progress.failure ??= error;
    },
  };
}

async function authorize(
  { store, region, configurations }: Handling,
  request: {
    readonly entry: (typeof operations)[OperationName];
    readonly authentication: Authentication;
    readonly target: Target;
    readonly headers: RequestHeaders;
  },
): Promise<Pick<OperationRequest, "account" | "bucketInfo" | "versioning" | "configurations">> {
  const { entry, authentication, target, headers } = request;
  if (entry.access === "account") {
    const account = authorizeAccount(authentication.account);
    return { account, bucketInfo: undefined, versioning: undefined, configurations: () => noConfigurations };
  }
  const { account, bucket } = await authorizeBucket(store, {
    account: authentication.account,
    bucket: target.bucket,
    region,
    expectedOwner: headers["x-amz-expected-bucket-owner"],
  });
  return {
    account,
    bucketInfo: bucket,
    versioning: bucket.versioning,
    configurations: () => configurations.of(bucket),
  };
}

function bucketUrl({ bucket, mount, isVirtualHost }: Target, headers: RequestHeaders): string {
  const origin = `http://${headers.host ?? "localhost"}${mount}`;
  return isVirtualHost ? origin : `${origin}/${bucket}`;
}
