import { notImplemented } from "../errors/not-implemented.ts";
import { S3Error } from "../errors/s3-error.ts";
import type { Target } from "../http/parse-target.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import { type OperationName, type Route, routes, type Scope, subresources } from "./routes.ts";

export type RoutedRequest = {
  readonly method: string;
  readonly target: Pick<Target, "bucket" | "key" | "query" | "bareParameters">;
  readonly headers: RequestHeaders;
};

/**
 * The AWS operation a request asks for, from its method, address and parameters alone: nothing has touched the store yet.
 *
 * Throws `NotImplemented` for any sub-resource without a route and for any parameter that could change the meaning of a
 * write, `MethodNotAllowed` for a method the resource does not have, and S3's own answers to a few odd combinations.
 */
export function resolveOperation(request: RoutedRequest): OperationName {
  const { method, target, headers } = request;
  const scope = scopeOf(target);
  const named = target.query.size === 0 ? nothing : [...target.query.keys()].filter((name) => subresources.has(name));
  refuseOddCombinations(request, scope);

  const route = candidates(method, scope).find((candidate) => selects(candidate, request, named));
  if (route === undefined) throw noRoute(method, scope, named[0]);
  const foreign = named.find((name) => name !== route.subresource && !route.parameters?.includes(name));
  if (foreign !== undefined) throw notImplemented({ parameter: foreign });
  refuseUnknownParameters(route, target);
  if (headers["x-amz-copy-source"] !== undefined && route.header === undefined) {
    throw new S3Error("InvalidArgument", "You can only specify a copy source header for copy requests.", {
      elements: { ArgumentName: "x-amz-copy-source", ArgumentValue: headers["x-amz-copy-source"] },
    });
  }
  return route.operation;
}

const nothing: readonly string[] = [];
const scopes: readonly Scope[] = ["service", "bucket", "object"];
const table = new Map<string, readonly Route[]>();
for (const scope of scopes) {
  for (const method of ["GET", "HEAD", "PUT", "POST", "DELETE"]) {
    const matching: readonly Route[] = routes;
    table.set(
      `${method} ${scope}`,
      matching.filter((route) => route.method === method && route.scope === scope),
    );
  }
}

function candidates(method: string, scope: Scope): readonly Route[] {
  return table.get(`${method} ${scope}`) ?? [];
}

function scopeOf({ bucket, key }: RoutedRequest["target"]): Scope {
  if (bucket === "") return "service";
  return key === "" ? "bucket" : "object";
}

function selects(route: Route, { target, headers }: RoutedRequest, named: readonly string[]): boolean {
  if (route.header !== undefined && headers[route.header] === undefined) return false;
  if (route.requires !== undefined && !target.query.has(route.requires)) return false;
  if (route.subresource !== undefined) {
    const value = target.query.get(route.subresource);
    return value !== undefined && (route.value === undefined || route.value === value);
  }
  return named.length === 0;
}

function refuseOddCombinations({ method, target }: RoutedRequest, scope: Scope): void {
  if (scope !== "object" || target.query.size === 0) return;
  const { query } = target;
  if (method === "GET" && query.has("uploads")) {
    throw new S3Error("InvalidRequest", "Key is not expected for the GET method ?uploads subresource");
  }
  if (method === "GET" && query.has("versions")) {
    throw new S3Error("InvalidRequest", "There is no such thing as the ?versions sub-resource for a key");
  }
  if (method === "PUT" && query.has("partNumber") && !query.has("uploadId")) {
    throw new S3Error("InvalidArgument", "This operation does not accept partNumber without uploadId", {
      elements: { ArgumentName: "partNumber", ArgumentValue: query.get("partNumber") ?? "" },
    });
  }
}

/**
 * Reads ignore unknown `name=value` parameters, as cache busters use them. On writes, and for a bare `?name` anywhere, an
 * unknown parameter may be an operation we do not know, and guessing could overwrite or delete data.
 */
function refuseUnknownParameters(route: Route, { query, bareParameters }: RoutedRequest["target"]): void {
  const isRead = route.method === "GET" || route.method === "HEAD";
  for (const name of query.keys()) {
    if (name === route.subresource || route.parameters?.includes(name) || isAmz(name) || name === "x-id") continue;
    if (isRead && !bareParameters.has(name)) continue;
    throw notImplemented({ parameter: name });
  }
}

/**
 * Presigned URLs carry the signature, and headers that the signer moved there, as `x-amz-*` parameters. Except the one that
 * selects an operation: routed by its header alone, a presigned copy would overwrite its destination with nothing.
 */
function isAmz(name: string): boolean {
  const lower = name.toLowerCase();
  return lower.startsWith("x-amz-") && lower !== "x-amz-copy-source";
}

function noRoute(method: string, scope: Scope, subresource: string | undefined): S3Error {
  if (subresource === undefined || subresource === "uploadId") return methodNotAllowed(method, scope);
  return notImplemented({ parameter: subresource });
}

function methodNotAllowed(method: string, scope: Scope): S3Error {
  const allowed = ["GET", "HEAD", "PUT", "POST", "DELETE"].filter((verb) => candidates(verb, scope).length > 0);
  return new S3Error("MethodNotAllowed", "The specified method is not allowed against this resource.", {
    elements: { Method: method, ResourceType: scope.toUpperCase() },
    headers: { allow: allowed.join(", ") },
  });
}
