import type { S3Client } from "@aws-sdk/client-s3";
import { migrationOptionsSchema, type migrationPlanSchema, type z } from "@stave/api-contract";
import type { MigrationObjects, MigrationRecord, ServiceRecord } from "@stave/control-database";
import { Problem } from "../http/problem.ts";
import type { StepContext } from "../jobs/define-job.ts";
import { createServiceClients } from "../services/service-clients.ts";
import { createThrottle } from "../transfer/throttle.ts";

export type MigrationOptions = z.output<typeof migrationOptionsSchema>;
export type MigrationPlan = z.output<typeof migrationPlanSchema>;
export type PlannedBucket = MigrationPlan["buckets"][number];
export type NotCarried = MigrationPlan["not_carried"][number];

/** What the steps of a migration work with. */
export type MigrationWork = {
  readonly context: StepContext;
  readonly migration: MigrationRecord;
  readonly options: MigrationOptions;
  readonly source: { readonly service: ServiceRecord; readonly client: S3Client };
  readonly target: { readonly service: ServiceRecord; readonly client: S3Client };
  readonly objects: MigrationObjects;
  readonly signal: AbortSignal;
  readonly passing: ((body: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>) | undefined;
  /** As it is stored now. */
  plan(): Promise<MigrationPlan>;
  savePlan(plan: MigrationPlan): Promise<void>;
  /** Throws a {@link Problem} when somebody has called the migration off. Cheap enough for each object. */
  throwIfCancelled(): Promise<void>;
};

const lookEveryMs = 500;

/** Clients of its own: those that others share are closed when a service changes. */
export async function withMigration<Result>(
  context: StepContext,
  id: string,
  run: (work: MigrationWork) => Promise<Result>,
): Promise<Result> {
  const migration = await requireMigration(context, id);
  const { services, migrations } = context.database.as(context.actor);
  const [source, target] = await Promise.all([services.find(migration.sourceId), services.find(migration.targetId)]);
  if (source === undefined || target === undefined) {
    throw new Problem("NOT_FOUND", { detail: "The source or the target is gone." });
  }
  const options = migrationOptionsSchema.parse(migration.options);
  const clients = createServiceClients(context);
  let lookAgainAt = 0;
  try {
    return await run({
      context,
      migration,
      options,
      source: { service: source, client: await clients.clientOf(source) },
      target: { service: target, client: await clients.clientOf(target) },
      objects: migrations.objects,
      signal: context.signal,
      passing: options.bandwidth === undefined ? undefined : createThrottle(options.bandwidth, context.signal),
      async plan() {
        const { plan } = await requireMigration(context, id);
        if (plan === undefined) throw new TypeError("Expected the migration to have been planned");
        return plan as MigrationPlan;
      },
      savePlan: async (plan) => void (await migrations.change(id, { plan })),
      async throwIfCancelled() {
        if (performance.now() < lookAgainAt) return;
        lookAgainAt = performance.now() + lookEveryMs;
        if ((await requireMigration(context, id)).isCancelled) throw calledOff();
      },
    });
  } finally {
    clients.close();
  }
}

export async function requireMigration({ database }: StepContext, id: string): Promise<MigrationRecord> {
  const migration = await database.as("system").migrations.find(id);
  if (migration === undefined) throw new Problem("NOT_FOUND", { detail: "The migration is gone." });
  return migration;
}

export function calledOff(): Problem {
  return new Problem("CONFLICT", { detail: "It was called off." });
}

export function notCarried(
  what: string,
  reason: string,
  of: { readonly bucket?: string; readonly key?: string; readonly versionId?: string } = {},
): NotCarried {
  return { what, reason, bucket: of.bucket ?? null, key: of.key ?? null, version_id: of.versionId || null };
}
