import { OpenAPIRegistry, OpenApiGeneratorV31, type RouteConfig } from "@asteasolutions/zod-to-openapi";
import { type AnswerShape, type RouteDefinition, takesIdempotencyKey } from "./define-route.ts";
import { type ProblemCode, problemSchema } from "./problem.ts";
import { routes } from "./routes.ts";
import { z } from "./zod.ts";

export type OpenApiDocument = ReturnType<OpenApiGeneratorV31["generateDocument"]>;

/** OpenAPI 3.1, made from what validates the requests: https://spec.openapis.org/oas/v3.1.1.html */
export function openApiDocument(version: string): OpenApiDocument {
  const registry = new OpenAPIRegistry();
  registry.registerComponent("securitySchemes", "token", { type: "http", scheme: "bearer" });
  registry.registerComponent("securitySchemes", "apiKey", { type: "apiKey", in: "header", name: "x-api-key" });
  registry.registerComponent("securitySchemes", "session", { type: "apiKey", in: "cookie", name: "stave_session" });
  for (const [operationId, route] of Object.entries<RouteDefinition>(routes)) {
    registry.registerPath({ operationId, ...describe(route) });
  }
  const document = new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: "3.1.0",
    info: { title: "Stave", version, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    servers: [{ url: "/" }],
  });
  limitIntegers(document);
  return document;
}

/** Larger ones are refused, since JavaScript would change them on the way: https://www.rfc-editor.org/rfc/rfc8259#section-6 */
function limitIntegers(node: unknown): void {
  if (typeof node !== "object" || node === null) return;
  if ("type" in node && [node.type].flat().includes("integer")) {
    const { minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER } = node as SchemaLimits;
    if (!("exclusiveMinimum" in node)) Object.assign(node, { minimum });
    if (!("exclusiveMaximum" in node)) Object.assign(node, { maximum });
  }
  for (const child of Object.values(node)) limitIntegers(child);
}

type SchemaLimits = { readonly minimum?: number; readonly maximum?: number };

function describe(route: RouteDefinition): Omit<RouteConfig, "operationId"> {
  const { method, path, summary, tag, access, alsoNeeds = [], params, query, body, bytes, answers } = route;
  const needs = access === "public" || access === "signed-in" ? [] : [access, ...alsoNeeds];
  return {
    method,
    path: path.replace("+}", "}"),
    summary,
    tags: [tag],
    ...(needs.length > 0 && { description: `Needs ${needs.join(" and ")}.` }),
    security: access === "public" ? [] : [{ token: [] }, { apiKey: [] }, { session: [] }],
    request: {
      ...(params && { params }),
      ...(query && { query }),
      ...describeHeaders(route),
      ...(body && { body: { required: true, content: { "application/json": { schema: body } } } }),
      ...(bytes && { body: { required: true, content: describeBytes(bytes) } }),
    },
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, shape]) => [status, describeAnswer(shape)])),
      ...Object.fromEntries(problemsOf(route).map(([status, codes]) => [status, describeProblem(codes)])),
    },
  };
}

const binary = { type: "string", format: "binary" } as const;

function describeBytes({ mediaTypes, formField }: NonNullable<RouteDefinition["bytes"]>) {
  const raw = Object.fromEntries(mediaTypes.map((type) => [type, { schema: binary }]));
  if (formField === undefined) return raw;
  const form = {
    type: "object" as const,
    properties: { [formField]: binary },
    required: [formField],
    additionalProperties: false,
  };
  return { ...raw, "multipart/form-data": { schema: form } };
}

function describeHeaders(route: RouteDefinition) {
  const headers = {
    ...(takesIdempotencyKey(route) && {
      "Idempotency-Key": z
        .string()
        .regex(/^[!-~]{1,255}$/)
        .optional()
        .openapi({
          description: "Within 24 hours the same key and request get the same answer, and nothing is done twice.",
        }),
    }),
    ...(route.problems?.includes("PRECONDITION_FAILED") && {
      "If-Match": z.string().optional().openapi({ description: "The ETag of what is to be changed." }),
    }),
  };
  return Object.keys(headers).length > 0 && { headers: z.object(headers) };
}

function describeAnswer(shape: AnswerShape) {
  if (shape === "empty") return { description: "Done." };
  if ("mediaType" in shape) {
    // Of a stream without end there is no schema.
    if (shape.mediaType === "text/event-stream") return { description: "Events.", content: { [shape.mediaType]: {} } };
    return {
      description: "The bytes.",
      content: { [shape.mediaType]: { schema: binary } },
    };
  }
  if ("orMediaType" in shape) {
    return {
      description: "Done.",
      content: {
        "application/json": { schema: shape.json },
        [shape.orMediaType]: { schema: { type: "string" as const } },
      },
    };
  }
  return { description: "Done.", content: { "application/json": { schema: shape } } };
}

function describeProblem(codes: readonly ProblemCode[]) {
  return {
    description: codes.join(", "),
    content: { "application/problem+json": { schema: problemSchema } },
  };
}

/** The status that goes with each code. */
export const statusOfProblem: Readonly<Record<ProblemCode, number>> = {
  INVALID_REQUEST: 400,
  INVALID_JSON: 400,
  UNKNOWN_FIELD: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  ORIGIN_REFUSED: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  IDEMPOTENCY_KEY_IN_USE: 409,
  PRECONDITION_FAILED: 412,
  BODY_TOO_LARGE: 413,
  HEADERS_TOO_LARGE: 431,
  UNSUPPORTED_MEDIA_TYPE: 415,
  RANGE_NOT_SATISFIABLE: 416,
  UNPROCESSABLE: 422,
  IDEMPOTENCY_KEY_REUSED: 422,
  S3_ACCESS_KEY_NOT_FOUND: 404,
  S3_ACCESS_KEY_LIMIT_EXCEEDED: 400,
  TOO_MANY_REQUESTS: 429,
  INTERNAL_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  UNAVAILABLE: 503,
};

/** By status: what the route names, and what any such route can end with. */
function problemsOf(route: RouteDefinition) {
  const { access, params, query, body, bytes, method, problems = [] } = route;
  const codes: ProblemCode[] = ["TOO_MANY_REQUESTS", "HEADERS_TOO_LARGE", "INTERNAL_ERROR", ...problems];
  if (params || query || body) codes.push("INVALID_REQUEST", "UNKNOWN_FIELD");
  if (takesIdempotencyKey(route)) {
    codes.push("INVALID_REQUEST", "IDEMPOTENCY_KEY_REUSED", "IDEMPOTENCY_KEY_IN_USE", "CONFLICT");
  }
  if (params || (query && "service" in query.shape)) codes.push("NOT_FOUND");
  if (body) codes.push("INVALID_JSON", "BODY_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE");
  if (bytes) codes.push("BODY_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE");
  codes.push("UNAUTHENTICATED"); // a wrong token is refused where none is needed, too
  if (access !== "public") codes.push("PERMISSION_DENIED");
  if (method !== "get") codes.push("ORIGIN_REFUSED");
  const byStatus = Map.groupBy(new Set(codes), (code) => statusOfProblem[code]);
  return [...byStatus].toSorted(([a], [b]) => a - b);
}
