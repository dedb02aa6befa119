import type { RouteDefinition } from "./define-route.ts";
import { systemRoutes } from "./routes/system.ts";

/** Every route of the API, by operation id. */
export const routes = {
  ...systemRoutes,
} satisfies Record<string, RouteDefinition>;

export type Routes = typeof routes;
export type OperationId = keyof Routes;
