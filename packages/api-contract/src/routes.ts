import type { RouteDefinition } from "./define-route.ts";
import { accessKeyRoutes } from "./routes/access-keys.ts";
import { auditRoutes } from "./routes/audit.ts";
import { backupDestinationRoutes } from "./routes/backup-destinations.ts";
import { backupScheduleRoutes } from "./routes/backup-schedules.ts";
import { backupRoutes } from "./routes/backups.ts";
import { bucketCredentialRoutes } from "./routes/bucket-credentials.ts";
import { jobRoutes } from "./routes/jobs.ts";
import { migrationRoutes } from "./routes/migrations.ts";
import { noticeWebhookRoutes } from "./routes/notice-webhooks.ts";
import { oidcRoutes } from "./routes/oidc.ts";
import { peopleRoutes } from "./routes/people.ts";
import { projectRoutes } from "./routes/projects.ts";
import { refusalRoutes } from "./routes/refusals.ts";
import { serviceLinkRoutes } from "./routes/service-links.ts";
import { serviceMetricRoutes } from "./routes/service-metrics.ts";
import { serviceRuntimeRoutes } from "./routes/service-runtime.ts";
import { serviceVersionRoutes } from "./routes/service-versions.ts";
import { serviceRoutes } from "./routes/services.ts";
import { storageBucketRoutes } from "./routes/storage-buckets.ts";
import { storageConfigRoutes } from "./routes/storage-config.ts";
import { storageObjectRoutes } from "./routes/storage-objects.ts";
import { storageSettingRoutes } from "./routes/storage-settings.ts";
import { storageStrategyRoutes } from "./routes/storage-strategies.ts";
import { systemRoutes } from "./routes/system.ts";
import { tokenRoutes } from "./routes/tokens.ts";
import { usageRoutes } from "./routes/usage.ts";

/** Every route of the API, by operation id. */
export const routes = {
  ...systemRoutes,
  ...serviceRoutes,
  ...serviceVersionRoutes,
  ...migrationRoutes,
  ...serviceRuntimeRoutes,
  ...serviceMetricRoutes,
  ...noticeWebhookRoutes,
  ...jobRoutes,
  ...usageRoutes,
  ...peopleRoutes,
  ...oidcRoutes,
  ...tokenRoutes,
  ...auditRoutes,
  ...refusalRoutes,
  ...accessKeyRoutes,
  ...bucketCredentialRoutes,
  ...projectRoutes,
  ...serviceLinkRoutes,
  ...storageBucketRoutes,
  ...storageConfigRoutes,
  ...storageObjectRoutes,
  ...storageSettingRoutes,
  ...storageStrategyRoutes,
  // Destinations and schedules before the ids of backups, which would take their names.
  ...backupDestinationRoutes,
  ...backupScheduleRoutes,
  ...backupRoutes,
} satisfies Record<string, RouteDefinition>;

export type Routes = typeof routes;
export type OperationId = keyof Routes;
