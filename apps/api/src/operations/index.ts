import { createPasswords } from "../auth/password.ts";
import type { OperationContext } from "../context.ts";
import type { Handlers } from "../http/handler.ts";
import { accessKeyOperations } from "./access-keys.ts";
import { auditOperations } from "./audit.ts";
import { backupOperations } from "./backups/index.ts";
import { bucketCredentialOperations } from "./bucket-credentials.ts";
import { containerOperations } from "./containers/index.ts";
import { jobOperations } from "./jobs.ts";
import { linkOperations } from "./links/index.ts";
import { alertOperations } from "./metrics/alert-rules.ts";
import { metricOperations } from "./metrics/service-metrics.ts";
import { migrationOperations } from "./migrations.ts";
import { noticeWebhookOperations } from "./notice-webhooks.ts";
import { oidcOperations } from "./oidc.ts";
import { projectOperations } from "./projects.ts";
import { refusalOperations } from "./refusals.ts";
import { s3SessionOperations } from "./s3-session.ts";
import { serviceOperations } from "./services/index.ts";
import { sessionOperations } from "./sessions.ts";
import { storageOperations } from "./storage/storage-operations.ts";
import { eventOperations } from "./stream-events.ts";
import { systemOperations } from "./system.ts";
import { tokenOperations } from "./tokens.ts";
import { usageOperations } from "./usage.ts";
import { userOperations } from "./users.ts";

/** Every operation of the contract. Each family has a file of its own. */
export function createHandlers(context: OperationContext): Handlers {
  const passwords = createPasswords();
  return {
    ...systemOperations(context),
    ...serviceOperations(context),
    ...migrationOperations(context),
    ...containerOperations(context),
    ...metricOperations(context),
    ...alertOperations(context),
    ...noticeWebhookOperations(context),
    ...jobOperations(context),
    ...eventOperations(context),
    ...usageOperations(context),
    ...sessionOperations(context, passwords),
    ...oidcOperations(context),
    ...userOperations(context, passwords),
    ...tokenOperations(context),
    ...auditOperations(context),
    ...refusalOperations(context),
    ...accessKeyOperations(context),
    ...bucketCredentialOperations(context),
    ...s3SessionOperations(context),
    ...projectOperations(context),
    ...linkOperations(context),
    ...storageOperations(context),
    ...backupOperations(context),
  };
}
