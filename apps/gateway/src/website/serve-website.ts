// Website endpoints: https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteHosting.html
import type { WebsiteConfiguration } from "@stave/s3-xml";
import { S3Error } from "../errors/s3-error.ts";
import { toS3Error } from "../errors/to-s3-error.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import type { S3Response } from "../http/s3-response.ts";
import {
  findRule,
  type RedirectedRequest,
  redirectAll,
  redirectByRule,
  redirectTo,
  redirectToFolder,
} from "./website-redirect.ts";

export type WebsiteRequest = RedirectedRequest & {
  readonly bucket: string;
  readonly method: string;
  readonly headers: RequestHeaders;
};

export interface WebsiteSource {
  /** Throws `NoSuchBucket` and `NoSuchWebsiteConfiguration`. */
  configuration(): Promise<WebsiteConfiguration>;
  /** The object as anybody may read it, or what S3 refuses them with. */
  read(method: "GET" | "HEAD", key: string, headers: RequestHeaders): Promise<S3Response>;
  /** Told what was refused when the answer is a page or a redirect all the same. */
  onRefusal(refusal: S3Error): void;
}

/**
 * Answers a visitor of a bucket's website. Signatures mean nothing here: everybody is anonymous.
 *
 * Throws a refusal that neither a rule nor an error document answers.
 */
export async function serveWebsite(request: WebsiteRequest, source: WebsiteSource): Promise<S3Response> {
  const method = readMethod(request.method);
  const configuration = await source.configuration();
  if (configuration.redirectAllRequestsTo !== undefined) {
    return redirectAll(configuration.redirectAllRequestsTo, request);
  }
  const rule = findRule(configuration.routingRules, { key: request.key, status: undefined });
  if (rule !== undefined) return redirectByRule(rule, request);
  try {
    return await readPage({ ...request, method }, configuration, source);
  } catch (error) {
    const refusal = toS3Error(error);
    if (refusal.status < 400) throw refusal;
    return answerRefusal(refusal, { request: { ...request, method }, configuration, source });
  }
}

function readMethod(method: string): "GET" | "HEAD" {
  if (method === "GET" || method === "HEAD") return method;
  throw new S3Error("MethodNotAllowed", "The specified method is not allowed against this resource.", {
    elements: { Method: method, ResourceType: "OBJECT" },
    headers: { allow: "GET, HEAD, OPTIONS" },
  });
}

type PageRequest = WebsiteRequest & { readonly method: "GET" | "HEAD" };

async function readPage(
  request: PageRequest,
  { indexDocumentSuffix = "" }: WebsiteConfiguration,
  source: WebsiteSource,
): Promise<S3Response> {
  const { key, method } = request;
  const isFolder = key === "" || key.endsWith("/");
  try {
    return await followRedirect(
      await source.read(
        method,
        isFolder ? key + indexDocumentSuffix : key,
        pick(request.headers, [...visitorHeaders, ...readingHeaders]),
      ),
    );
  } catch (error) {
    const { status } = toS3Error(error);
    const mayBeFolder = !isFolder && (status === 404 || status === 403);
    if (mayBeFolder && (await isReadable(`${key}/${indexDocumentSuffix}`, request, source)))
      return redirectToFolder(request);
    throw error;
  }
}

// Of what a visitor sends, no key for decryption counts, and nothing that asks for rights.
/** A bucket policy may ask for them. */
const visitorHeaders = ["referer", "user-agent"];
const readingHeaders = ["range", "if-range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since"];

function pick(headers: RequestHeaders, names: readonly string[]): RequestHeaders {
  return Object.fromEntries(names.map((name) => [name, headers[name]]).filter(([, value]) => value !== undefined));
}

async function followRedirect(page: S3Response): Promise<S3Response> {
  const location = page.headers?.["x-amz-website-redirect-location"];
  if (location === undefined) return page;
  await page.content?.close();
  return redirectTo(location, 301);
}

async function isReadable(key: string, { headers }: WebsiteRequest, source: WebsiteSource): Promise<boolean> {
  try {
    await source.read("HEAD", key, pick(headers, visitorHeaders));
    return true;
  } catch (error) {
    if (toS3Error(error).status >= 500) throw error;
    return false;
  }
}

async function answerRefusal(
  refusal: S3Error,
  {
    request,
    configuration: { routingRules, errorDocumentKey },
    source,
  }: { readonly request: PageRequest; readonly configuration: WebsiteConfiguration; readonly source: WebsiteSource },
): Promise<S3Response> {
  const rule = findRule(routingRules, { key: request.key, status: refusal.status });
  if (rule !== undefined) {
    source.onRefusal(refusal);
    return redirectByRule(rule, request);
  }
  if (errorDocumentKey === undefined || refusal.status >= 500) throw refusal;
  const headers = pick(request.headers, visitorHeaders);
  const page = await source.read(request.method, errorDocumentKey, headers).catch((error: unknown) => {
    throw withoutDocument(refusal, { errorDocumentKey, reason: toS3Error(error) });
  });
  source.onRefusal(refusal);
  return { ...page, status: refusal.status, headers: errorPageHeaders(page.headers) };
}

function withoutDocument(
  { code, message, elements, headers }: S3Error,
  { errorDocumentKey, reason }: { readonly errorDocumentKey: string; readonly reason: S3Error },
): S3Error {
  const note = `${errorDocumentKey} could not be read: ${reason.code}`;
  return new S3Error(code, message, { elements: { ...elements, ErrorDocument: note }, headers, cause: reason });
}

/** The validators and ranges of the error document are not those of what was asked for. */
function errorPageHeaders(headers: S3Response["headers"] = {}): Record<string, string> {
  const foreign = new Set(["etag", "last-modified", "accept-ranges", "x-amz-website-redirect-location"]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !foreign.has(name)));
}
