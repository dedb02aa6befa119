import { createHmac, type KeyObject } from "node:crypto";
import {
  createSigningKeyCache,
  explainRequest,
  type FindKey,
  type IncomingRequest,
  SignatureError,
  type SignatureExplanation,
} from "@stave/sigv4-verify";
import { readSignatureClaim, type ShownClaim } from "./read-signature-claim.ts";
import { headerOf, type SentRequest } from "./redact-request.ts";
import { refusalHint } from "./refusal-hint.ts";
import type { RefusedRequest } from "./refused-request.ts";
import { secretVariants, signatureVariants } from "./signature-variants.ts";

export type SignatureReport = {
  /** What the client said, its signature cut short. */
  readonly claimed?: ShownClaim;
  /** What this server computed, for comparison with the debug log of the client. */
  readonly computed?: SignatureExplanation;
  /** What is probably wrong and what to do, the likeliest first. Never empty. */
  readonly hints: readonly string[];
};

export interface ExplainSignatureOptions {
  readonly region: string;
  readonly findKey: FindKey<unknown>;
  /** The paths below which this server answers as well: a proxy may remove one. */
  readonly mounts: readonly string[];
  /** The names of this server. */
  readonly hosts: readonly string[];
}

/**
 * Why a signature was refused, for administrators: tries what clients and proxies usually do otherwise, and says which of it
 * would have made the signature right. It costs up to some hundred signatures, so it is asked for, never run for each refusal.
 */
export async function explainSignature(
  refused: RefusedRequest,
  options: ExplainSignatureOptions,
): Promise<SignatureReport> {
  const claimed = readSignatureClaim(refused.request);
  const hints = await hintsOf(refused, options);
  const computed = claimed && explain(refused, options);
  return { ...(claimed !== undefined && { claimed }), ...(computed !== undefined && { computed }), hints };
}

async function hintsOf(refused: RefusedRequest, options: ExplainSignatureOptions): Promise<readonly string[]> {
  const { code, request, receivedAt, early } = refused;
  if (code !== "SignatureDoesNotMatch") return [refusalHint(refused, options)];
  if (early.hints !== undefined) return early.hints;
  return request.isWhole ? compareSignature(request, { ...options, receivedAt }) : [notWhole, ...unproven(request)];
}

/** Absent for what was refused before its signature was looked at. */
function explain(
  { request, receivedAt, stringToSign }: RefusedRequest,
  { region }: ExplainSignatureOptions,
): SignatureExplanation | undefined {
  if (!request.isWhole && stringToSign === undefined) return undefined;
  try {
    const computed = explainRequest(request, { region, now: () => receivedAt });
    // That of the request as it came: what is blanked here had another hash.
    return computed && { ...computed, ...(stringToSign !== undefined && { stringToSign }) };
  } catch (error) {
    if (error instanceof SignatureError) return undefined;
    throw error;
  }
}

export interface CompareSignatureOptions extends ExplainSignatureOptions {
  readonly receivedAt: Date;
  /** As it was sent. */
  readonly sessionToken?: string | undefined;
}

/** What would have made a signature right that is not. Works with the first characters of it as well. Never empty. */
export async function compareSignature(
  request: SentRequest,
  options: CompareSignatureOptions,
): Promise<readonly string[]> {
  const claimed = readSignatureClaim(request);
  if (claimed === undefined) return unproven(request);
  const { receivedAt, sessionToken, region, findKey } = options;
  const missing = missingHeaders(request, claimed);
  const found = await findKey(claimed.accessKeyId, sessionToken);
  if (found === undefined || found.isExpired === true || found.isForged === true) {
    return [...missing, `The key ${claimed.accessKeyId} has gone since, so nothing can be compared any more.`];
  }
  const { secretAccessKey } = found;
  const now = () => receivedAt;
  const isSigned = createMatcher(claimed);
  for (const { hint, mountPrefix = "", ...change } of signatureVariants(request, options)) {
    const text = stringToSign({ ...request, ...change }, { region, now, mountPrefix });
    if (text !== undefined && isSigned(text, secretAccessKey)) return [hint];
  }
  const text = stringToSign(request, { region, now, mountPrefix: "" }) ?? "";
  for (const { hint, secret } of secretVariants(secretAccessKey)) if (isSigned(text, secret)) return [hint];
  return [...missing, ...unproven(request)];
}

/** Undefined for a changed request that cannot be read. */
function stringToSign(
  request: IncomingRequest,
  options: { readonly region: string; readonly now: () => Date; readonly mountPrefix: string },
): string | undefined {
  try {
    return explainRequest(request, options)?.stringToSign;
  } catch (error) {
    if (error instanceof SignatureError) return undefined;
    throw error;
  }
}

/** Compares with the few characters that were kept: one of some hundred signatures has them by chance once in forty million requests. */
function createMatcher({ accessKeyId, scope, signature }: ShownClaim): (text: string, secret: string) => boolean {
  const [date = "", region = "", service = ""] = scope.split("/");
  const keys = createSigningKeyCache({ maxKeys: 16 });
  const keyOf = (secretAccessKey: string): KeyObject =>
    keys.keyFor({ accessKeyId, secretAccessKey, date, region, service });
  return (text, secret) => {
    const computed = createHmac("sha256", keyOf(secret)).update(text).digest("hex");
    return signature !== "" && computed.startsWith(signature);
  };
}

function missingHeaders({ rawHeaders }: IncomingRequest, { signedHeaders }: ShownClaim): readonly string[] {
  const missing = signedHeaders.filter((name) => headerOf(rawHeaders, name) === undefined);
  if (missing.length === 0) return [];
  return [
    `The client signed headers that did not arrive: ${missing.join(", ")}. Either a proxy removes them, or the presigned URL has to be sent with them.`,
  ];
}

const notWhole =
  "The request was signed with a session token or a customer's key, or is very long. Such things are not kept, and too many came at a time to compare each at once: send it again.";

/** Nothing that was tried makes the signature right. */
function unproven({ rawHeaders }: IncomingRequest): readonly string[] {
  const secret =
    "None of the usual changes on the way makes the signature right, so the secret access key of the client is probably another one: a typing error, or the secret of another key.";
  const compareLines =
    "Else compare the canonical request below with the one in the debug log of the client, line by line: the first line that differs is what was changed after signing.";
  const host = headerOf(rawHeaders, "host") ?? "";
  const isProxied = ["via", "forwarded", "x-forwarded-for"].some((name) => headerOf(rawHeaders, name) !== undefined);
  if (!isProxied) return [secret, compareLines];
  const proxy =
    `The request came through a proxy and says "${host}" as its host. If the client used another name, let the proxy keep the Host header ` +
    "(nginx: proxy_set_header Host $http_host).";
  return isAddress(host) ? [proxy, secret, compareLines] : [secret, proxy, compareLines];
}

/** Of a server behind a proxy, most likely: clients use names. */
function isAddress(host: string): boolean {
  return /^(?:[\d.]+|\[[\da-f:.]+\])(?::\d+)?$/i.test(host);
}
