import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { presignUrl, signRequest } from "@stave/sigv4-verify";
import { Agent, type Dispatcher } from "undici";
import { networkError } from "../api/network-error.ts";
import { CliError } from "../command/cli-error.ts";
import type { Output } from "../output/output.ts";
import { printable } from "../output/printable.ts";
import { isRetriableFailure, isRetriableNetworkError, retryDelayMs, tries } from "./retry.ts";
import { amazonUrl, isAmazon, type S3Endpoint } from "./s3-endpoint.ts";
import { readFailure, type S3Failure, s3Error } from "./s3-error.ts";
import { type S3Address, s3Url } from "./s3-url.ts";

export type S3Request = S3Address & {
  /** @default "GET" */
  readonly method?: "GET" | "HEAD" | "PUT" | "POST" | "DELETE" | undefined;
  /** Signed and sent; text beyond ASCII goes as UTF-8. What is undefined is left out. */
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
  readonly body?: string | Uint8Array | undefined;
  /** The SHA-256 of the body in hex, where it is known, or `UNSIGNED-PAYLOAD`. @default it is computed */
  readonly payloadHash?: string | undefined;
  /** May be sent twice. @default every method but POST */
  readonly isRepeatable?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
};

export type S3Answer = {
  readonly status: number;
  /** By lower-case name; metadata beyond ASCII is decoded from UTF-8. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** At most {@link maxAnswerBytes}. */
  readonly text: string;
};

export type S3Body = Omit<S3Answer, "text"> & { readonly body: Dispatcher.ResponseData["body"] };

/** Speaks S3 to one endpoint. Everything but a 2xx throws a `CliError` with the code of the server. */
export type S3Client = {
  readonly endpoint: S3Endpoint;
  /** One signed request; of any sub-resource: `{ bucket, query: { cors: "" } }`. */
  send(request: S3Request): Promise<S3Answer>;
  /** The same where the answer is the bytes of an object. They have to be read or destroyed. */
  open(request: S3Request): Promise<S3Body>;
  /** A URL that is good for so long, for whoever has it. */
  presign(
    request: Pick<S3Request, "method" | "bucket" | "key" | "query" | "headers">,
    options: { readonly expiresInSeconds: number },
  ): Promise<string>;
  close(): Promise<void>;
};

export type S3ClientOptions = {
  readonly userAgent: string;
  readonly output: Pick<Output, "debug">;
  readonly signal: AbortSignal;
  /** At the same time. @default 64 */
  readonly maxConnections?: number;
  readonly now?: () => Date;
};

/** A page of a list with the longest keys, escaped. */
export const maxAnswerBytes = 16 * 1024 ** 2;

const connectMs = 10_000;
/** Until the first byte: putting 10,000 parts together takes some servers long. */
const answerMs = 300_000;
const bodyMs = 60_000;

export function createS3Client(endpoint: S3Endpoint, options: S3ClientOptions): S3Client {
  const { userAgent, output, signal, maxConnections = 64, now } = options;
  const agent = new Agent({
    connections: maxConnections,
    connect: { timeout: connectMs },
    headersTimeout: answerMs,
    bodyTimeout: bodyMs,
  });
  /** Of buckets that are elsewhere than the endpoint says. */
  const regions = new Map<string, string>();
  let hasAnswered = false;

  const elsewhere = (bucket: string | undefined): S3Endpoint => {
    const region = bucket === undefined ? undefined : regions.get(bucket);
    if (region === undefined) return endpoint;
    return { ...endpoint, region, url: isAmazon(endpoint) ? amazonUrl(region) : endpoint.url };
  };

  const dispatch = async (request: S3Request): Promise<S3Body> => {
    const target = elsewhere(request.bucket);
    const { method = "GET", body } = request;
    const { origin, path, headers } = await signed(target, request, { userAgent, now });
    output.debug(`${method} ${printable(`${origin}${path}`)}`);
    const response = await agent.request({
      origin,
      path,
      method,
      headers,
      body: body ?? null,
      signal: request.signal ?? signal,
    });
    hasAnswered = true;
    const answer = { status: response.statusCode, headers: readHeaders(response.headers), body: response.body };
    output.debug(`${answer.status} ${printable(answer.headers["x-amz-request-id"] ?? "")}`);
    return answer;
  };

  /** An answer to HEAD has no document that names the region. */
  const askWithBody = async ({ bucket, signal: stop }: S3Request): Promise<S3Failure | undefined> => {
    const answer = await dispatch({ bucket, query: { location: "" }, signal: stop });
    const text = await readText(answer.body);
    return answer.status < 300 ? undefined : readFailure({ ...answer, text });
  };

  const attempt = async <Result>(request: S3Request, read: (answer: S3Body) => Promise<Result>): Promise<Result> => {
    const isRepeatable = request.isRepeatable ?? request.method !== "POST";
    const stop = request.signal ?? signal;
    let isRedirected = false;
    for (let tried = 1; ; tried += 1) {
      let failure: S3Failure | undefined;
      let cause: unknown;
      try {
        const answer = await dispatch(request);
        if (answer.status < 300) return await read(answer);
        failure = readFailure({ ...answer, text: await readText(answer.body) });
        if (request.method === "HEAD" && failure.status === 400) failure = (await askWithBody(request)) ?? failure;
      } catch (error) {
        if (error instanceof CliError || error instanceof TypeError) throw error;
        cause = error;
      }
      if (failure !== undefined && !isRedirected && followsRegion(failure, request, endpoint, regions)) {
        isRedirected = true;
        continue;
      }
      const canRepeat =
        failure === undefined
          ? isRepeatable && isRetriableNetworkError(cause, { hasAnswered })
          : isRetriableFailure(failure) && (isRepeatable || failure.status === 503);
      if (!canRepeat || tried >= tries || stop.aborted) {
        if (failure === undefined) throw networkError(cause, { url: endpoint.url, signal: stop });
        throw s3Error(failure, { what: nameOf(request), from: `${endpoint.url}, ${endpoint.from}` });
      }
      output.debug(`again after ${failure?.code ?? String(cause)}`);
      await sleep(retryDelayMs(tried), undefined, { signal: stop }).catch(() => {});
    }
  };

  return {
    endpoint,
    send: (request) =>
      attempt(request, async ({ status, headers, body }) => ({ status, headers, text: await readText(body) })),
    open: (request) => attempt(request, async (answer) => answer),
    async presign({ method = "GET", headers = {}, ...address }, { expiresInSeconds }) {
      const target = elsewhere(address.bucket);
      if (target.credentials === undefined) {
        throw new CliError("Usage", "A URL cannot be signed without credentials.", {
          why: `They are of ${target.from}.`,
        });
      }
      const { region } = target;
      const url = s3Url(target, address);
      const credentials = definedCredentials(await target.credentials());
      const given = { method, url, headers: toBytes(headers) };
      return await presignUrl(given, { ...credentials, region, expiresInSeconds, ...(now && { now }) });
    },
    close: () => agent.destroy(),
  };
}

/** For people. */
export function nameOf({ bucket, key }: S3Address): string {
  if (bucket === undefined) return "the list of buckets";
  return key === undefined ? `s3://${bucket}` : `s3://${bucket}/${key}`;
}

async function signed(
  target: S3Endpoint,
  request: S3Request,
  { userAgent, now }: { readonly userAgent: string; readonly now: (() => Date) | undefined },
) {
  const { method = "GET", body = "" } = request;
  const url = s3Url(target, request);
  const origin = url.slice(0, url.indexOf("/", "https://".length));
  const given = toBytes(request.headers ?? {});
  const unsigned = { "user-agent": userAgent };
  if (target.credentials === undefined)
    return { origin, path: url.slice(origin.length), headers: { ...given, ...unsigned } };
  const credentials = definedCredentials(await target.credentials());
  const payloadHash = request.payloadHash ?? createHash("sha256").update(body).digest("hex");
  const { headers, target: path } = await signRequest(
    { method, url, headers: given },
    { ...credentials, region: target.region, payloadHash, ...(now && { now }) },
  );
  return { origin, path, headers: { ...headers, ...unsigned } };
}

function definedCredentials({
  accessKeyId,
  secretAccessKey,
  sessionToken,
}: Awaited<ReturnType<NonNullable<S3Endpoint["credentials"]>>>) {
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}

/** Notes the region that a bucket is in; true when the request is to be signed for it, and sent again. */
function followsRegion(
  { status, code, region }: S3Failure,
  { bucket }: S3Request,
  endpoint: S3Endpoint,
  regions: Map<string, string>,
): boolean {
  const isElsewhere = status === 301 || status === 307 || code === "AuthorizationHeaderMalformed" || status === 400;
  if (!isElsewhere || region === undefined || bucket === undefined) return false;
  if (!/^[a-z0-9-]{1,64}$/.test(region) || region === (regions.get(bucket) ?? endpoint.region)) return false;
  regions.set(bucket, region);
  return true;
}

function toBytes(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), Buffer.from(value).toString("latin1")] as const],
    ),
  );
}

function readHeaders(headers: Dispatcher.ResponseData["headers"]): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const text = Array.isArray(value) ? value.join(", ") : value;
      return [name.toLowerCase(), text === undefined ? undefined : fromBytes(text)];
    }),
  );
}

/** undici decodes headers as latin1 or UTF-8, by its version; text that was decoded already is left alone. */
function fromBytes(text: string): string {
  if (!/[\x80-\xff]/.test(text) || /[^\0-\xff]/.test(text)) return text;
  const decoded = Buffer.from(text, "latin1").toString("utf8");
  return decoded.includes("\ufffd") ? text : decoded;
}

async function readText(body: Dispatcher.ResponseData["body"]): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxAnswerBytes)
      throw new CliError("Failed", "The server answers with more than an answer of S3 can be.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
