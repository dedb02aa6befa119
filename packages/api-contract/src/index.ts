export type { CallAnswer, CallInput, RouteMap } from "./call-types.ts";
export { customEngineParameters } from "./container-parameters.ts";
export {
  type Access,
  type AnswerShape,
  defineRoute,
  type LimitName,
  type RouteDefinition,
  takesIdempotencyKey,
} from "./define-route.ts";
export { type OpenApiDocument, openApiDocument, statusOfProblem } from "./openapi-document.ts";
export { pageOf, pageQuery, timestamp } from "./pagination.ts";
export { type Permission, permissions, permissionsOfRole, type Role, roles } from "./permissions.ts";
export { type ProblemCode, type ProblemDocument, problemCodes, problemSchema } from "./problem.ts";
export {
  migrationOptionsSchema,
  migrationPlanSchema,
  migrationReportSchema,
  migrationSchema,
} from "./routes/migrations.ts";
export { projectSchema } from "./routes/projects.ts";
export { linkSchema, linkSinkSchema } from "./routes/service-links.ts";
export { metricRanges, serviceMetricNames } from "./routes/service-metrics.ts";
export { type OperationId, type Routes, routes } from "./routes.ts";
export {
  type ContainerParameters,
  type ExternalParameters,
  ownEngineNames,
  quotaTiers,
  type StaveParameters,
  serviceEngineNames,
  serviceImports,
  serviceParameterChanges,
  serviceParameters,
} from "./service-parameters.ts";
export { z } from "./zod.ts";
