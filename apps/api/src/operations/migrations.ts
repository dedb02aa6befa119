import { migrationOptionsSchema, type migrationSchema, type z } from "@stave/api-contract";
import type { MigrationRecord } from "@stave/control-database";
import type { OperationContext } from "../context.ts";
import type { Handler, Handlers } from "../http/handler.ts";
import { orProblem } from "../http/or-problem.ts";
import { Problem } from "../http/problem.ts";
import { migrateServiceJob, planMigrationJob } from "../jobs/migrate-service.ts";
import { rollbackMigrationJob } from "../jobs/rollback-migration.ts";
import { showLink } from "../links/show-links.ts";
import { createService } from "./services/create-service.ts";
import { findService } from "./services/find-service.ts";

type Operations = Pick<
  Handlers,
  "migrateService" | "listMigrations" | "getMigration" | "cancelMigration" | "rollbackMigration"
>;
type ShownMigration = z.input<typeof migrationSchema>;

/** Each takes one of the few workers that jobs have, for as long as it takes. */
const maxAtOnce = 2;

export function migrationOperations(context: OperationContext): Operations {
  const { database, wakeJobs } = context;
  const find = async ({ id, migration_id }: { readonly id: number; readonly migration_id: string }) => {
    const migration = await database.as("system").migrations.find(migration_id);
    if (migration === undefined || (migration.sourceId !== id && migration.targetId !== id)) throw notFound();
    return migration;
  };
  return {
    async migrateService(request) {
      const { caller, params, body } = request;
      const source = await findService(context, params.id);
      const targetId = "service_id" in body.target ? body.target.service_id : await createTarget(context, request);
      if (targetId === source.id) {
        throw new Problem("UNPROCESSABLE", { detail: "The target is the service itself." });
      }
      await findService(context, targetId);
      const { options } = body;
      const { type } = options.dry_run ? planMigrationJob : migrateServiceJob;
      const { migration, job } = await orProblem(
        database
          .as(caller.actor)
          .migrations.create(
            { sourceId: source.id, targetId, options },
            (migrationId) => ({ type, data: { migrationId } }),
            { maxAtOnce },
          ),
      );
      wakeJobs();
      return {
        status: 202,
        headers: { location: `/api/jobs/${job.id}` },
        body: { job_id: job.id, migration: await showMigration(context, migration) },
      };
    },
    async listMigrations({ params, query: { before, limit } }) {
      const { id: serviceId } = await findService(context, params.id);
      const found = await database.as("system").migrations.list({ serviceId, before, limit });
      return { status: 200, body: await Promise.all(found.map((migration) => showMigration(context, migration))) };
    },
    getMigration: async ({ params }) => ({ status: 200, body: await showMigration(context, await find(params)) }),
    async cancelMigration({ caller, params }) {
      const { id, state } = await find(params);
      if (!(await database.as(caller.actor).migrations.cancel(id))) {
        throw new Problem("CONFLICT", { detail: `Only what has not switched is called off: this one is ${state}.` });
      }
      return { status: 202, body: await showMigration(context, await find(params)) };
    },
    async rollbackMigration({ caller, params }) {
      const { id } = await find(params);
      const job = await orProblem(
        database
          .as(caller.actor)
          .migrations.beginRollback(id, (migrationId) => ({ type: rollbackMigrationJob.type, data: { migrationId } })),
      );
      wakeJobs();
      return {
        status: 202,
        headers: { location: `/api/jobs/${job.id}` },
        body: { job_id: job.id, migration: await showMigration(context, await find(params)) },
      };
    },
  };
}

/** As everybody makes a service; it stays when the migration fails. */
async function createTarget(
  context: OperationContext,
  { body, ...request }: Parameters<Handler<"migrateService">>[0],
): Promise<number> {
  if ("service_id" in body.target) return body.target.service_id;
  const { name, engine, parameters } = body.target;
  const asked = { name, service_type: "s3" as const, parameters: { ...parameters, engine } };
  const { body: made } = await createService(context)({ ...request, params: undefined, query: undefined, body: asked });
  return made.id;
}

async function showMigration(context: OperationContext, migration: MigrationRecord): Promise<ShownMigration> {
  const { services } = context.database.as("system");
  const [source, target] = await Promise.all([services.find(migration.sourceId), services.find(migration.targetId)]);
  return {
    id: migration.id,
    state: migration.state,
    source: { id: migration.sourceId, name: source?.name ?? null },
    target: { id: migration.targetId, name: target?.name ?? null },
    job_id: migration.jobId,
    actor: migration.actor,
    is_cancelled: migration.isCancelled,
    options: migrationOptionsSchema.parse(migration.options),
    plan: (migration.plan as ShownMigration["plan"] | undefined) ?? null,
    report: (migration.report as ShownMigration["report"] | undefined) ?? null,
    links: await showMoved(context, migration),
    problem: migration.problem ?? null,
    created_at: migration.createdAt.toISOString(),
    updated_at: migration.updatedAt.toISOString(),
    finished_at: migration.finishedAt?.toISOString() ?? null,
  };
}

/** Those that are gone by now are left out. */
async function showMoved(context: OperationContext, { links = [] }: MigrationRecord): Promise<ShownMigration["links"]> {
  const shown: ShownMigration["links"] = [];
  for (const { linkId } of links) {
    const link = await context.database.as("system").links.find(String(linkId));
    if (link === undefined) continue;
    const { needs_redeploy } = await showLink(context, link);
    const { id: link_id, serviceId: service_id, projectId: project_id, environment, bucket = null } = link;
    shown.push({ link_id, service_id, project_id, environment, bucket, needs_redeploy });
  }
  return shown;
}

function notFound(): Problem {
  return new Problem("NOT_FOUND", { detail: "The service has no such migration." });
}
