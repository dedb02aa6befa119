import type { ObjectStore } from "@stave/object-store";
import { parseCorsConfiguration } from "@stave/s3-xml";
import type { ConfigurationCache } from "../configuration/bucket-configurations.ts";
import { S3Error } from "../errors/s3-error.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import type { S3Response } from "../http/s3-response.ts";
import { corsHeaders } from "./cors-headers.ts";
import { CorsRefusal } from "./cors-refusal.ts";
import { type CrossOriginIntent, matchCorsRule } from "./match-cors-rule.ts";

/** A request that a page of another origin made, and to which bucket. */
export type CrossOriginRequest = CrossOriginIntent & { readonly bucket: string };

type Rules = { readonly store: ObjectStore; readonly configurations: ConfigurationCache };

/** As many as a request can have. Each is compared with every pattern of the configuration. */
const maxRequestedHeaders = 100;
const corsMethods = new Set(["GET", "PUT", "HEAD", "POST", "DELETE"]);

/** Undefined for a request without an Origin. */
export function readCrossOrigin(
  { bucket, method }: { readonly bucket: string; readonly method: string },
  headers: RequestHeaders,
): CrossOriginRequest | undefined {
  const { origin } = headers;
  if (origin === undefined) return undefined;
  const asked = headers["access-control-request-method"];
  return { bucket, origin, method: asked ?? method, headers: requestedHeaders(headers) };
}

/** The headers that let the page read the answer to its request, whatever it is; none when no rule allows it. */
export async function allowCrossOrigin(
  { store, configurations }: Rules,
  request: CrossOriginRequest,
): Promise<Record<string, string>> {
  const bucket = request.bucket === "" ? undefined : await store.readBucket(request.bucket);
  const rules = bucket && (await configurations.of(bucket)).parsed("cors", parseCorsConfiguration);
  const match = rules && matchCorsRule(rules, request);
  return match === undefined ? {} : corsHeaders(match, request);
}

/**
 * The question a browser asks before a request: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html
 *
 * Nobody signs it, and the key need not exist. Throws `BadRequest` and `AccessForbidden`.
 */
export async function answerPreflight(
  { store, configurations }: Rules,
  {
    target,
    headers,
  }: { readonly target: { readonly bucket: string; readonly key: string }; readonly headers: RequestHeaders },
): Promise<S3Response> {
  const { origin } = headers;
  const method = headers["access-control-request-method"];
  if (origin === undefined) throw new S3Error("BadRequest", "Insufficient information. Origin request header needed.");
  if (method === undefined || !corsMethods.has(method)) {
    throw new S3Error("BadRequest", `Invalid Access-Control-Request-Method: ${method ?? "null"}`);
  }
  const bucket = target.bucket === "" ? undefined : await store.readBucket(target.bucket);
  if (bucket === undefined) throw forbidden("Bucket not found", { method, key: "" });
  const rules = (await configurations.of(bucket)).parsed("cors", parseCorsConfiguration);
  if (rules === undefined) throw forbidden("CORS is not enabled for this bucket.", { method, key: "" });

  const intent = { origin, method, headers: requestedHeaders(headers) };
  const match = intent.headers.length > maxRequestedHeaders ? undefined : matchCorsRule(rules, intent);
  if (match === undefined) {
    throw forbidden(notAllowed, { method, key: target.key, cause: new CorsRefusal(rules, intent) });
  }
  return { status: 200, headers: corsHeaders(match, intent) };
}

/** AWS's words, spelling included: people search for them. */
const notAllowed =
  "This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.";

function forbidden(
  message: string,
  { method, key, cause }: { readonly method: string; readonly key: string; readonly cause?: CorsRefusal },
): S3Error {
  return new S3Error("AccessForbidden", `CORSResponse: ${message}`, {
    cause,
    elements: { Method: method, ResourceType: key === "" ? "BUCKET" : "OBJECT" },
  });
}

function requestedHeaders(headers: RequestHeaders): readonly string[] {
  const names = headers["access-control-request-headers"]?.split(",", maxRequestedHeaders + 1) ?? [];
  return names.map((name) => name.trim()).filter((name) => name !== "");
}
