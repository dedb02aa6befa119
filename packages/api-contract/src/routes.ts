import type { RouteDefinition } from "./define-route.ts";
import { jobRoutes } from "./routes/jobs.ts";
import { serviceRoutes } from "./routes/services.ts";
import { systemRoutes } from "./routes/system.ts";
import { usageRoutes } from "./routes/usage.ts";

/** Every route of the API, by operation id. */
export const routes = {
  ...systemRoutes,
  ...serviceRoutes,
  ...jobRoutes,
  ...usageRoutes,
} satisfies Record<string, RouteDefinition>;

export type Routes = typeof routes;
export type OperationId = keyof Routes;
