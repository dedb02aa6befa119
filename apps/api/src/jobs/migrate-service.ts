import { z } from "@stave/api-contract";
import { Problem } from "../http/problem.ts";
import { carryLocks } from "../migrate/carry-locks.ts";
import { carrySettings } from "../migrate/carry-settings.ts";
import { cleanTarget } from "../migrate/clean-target.ts";
import { fenceBucket, openBucket } from "../migrate/fence-source.ts";
import {
  calledOff,
  type MigrationWork,
  type NotCarried,
  requireMigration,
  withMigration,
} from "../migrate/migration-work.ts";
import { prepareBucket, sourceBuckets } from "../migrate/plan-buckets.ts";
import { completeMoves, moveSchema, planMoves, revokeNewKeys, switchLinks } from "../migrate/plan-links.ts";
import { planMigration, refuseBlocked } from "../migrate/plan-migration.ts";
import { reportMigration } from "../migrate/report-migration.ts";
import { findLateWrites, refuseFailed, runPass } from "../migrate/run-pass.ts";
import { type Difference, verifyBucket } from "../migrate/verify-copies.ts";
import { defineJob, type StepContext } from "./define-job.ts";
import { renderLater } from "./render-link.ts";

const data = z.strictObject({
  migrationId: z.string(),
  moves: z.array(moveSchema).optional(),
  /** Settings that the target did not take. */
  lost: z.array(z.custom<NotCarried>((value) => typeof value === "object")).optional(),
});

type Data = z.output<typeof data>;

const maxDeltas = 5;
/** So little can wait for the last pass. */
const smallDelta = 100;
const pruneAtOnce = 5000;

/** Says what a migration would do. */
export const planMigrationJob = defineJob<Data>({
  type: "migration:plan",
  isLong: true,
  data,
  steps: [
    {
      name: "plan",
      run: (context, { migrationId }) =>
        withMigration(context, migrationId, async (work) => {
          await work.savePlan(await planMigration(work));
          const { migrations } = context.database.as(context.actor);
          await migrations.change(migrationId, { state: "planned", finishedAt: context.now() });
        }),
    },
  ],
  result: ({ migrationId }) => ({ migrationId }),
  failed: end,
});

/**
 * Carries a service to another. Until the links are switched everything can be taken back, and is when a step fails for good: the source is open again, and the
 * target is as it was.
 */
export const migrateServiceJob = defineJob<Data>({
  type: "migration:run",
  isLong: true,
  data,
  steps: [
    {
      name: "plan",
      run: (context, { migrationId }) =>
        withMigration(context, migrationId, async (work) => {
          const plan = await planMigration(work);
          await work.savePlan(plan);
          refuseBlocked(plan);
          await context.database.as(context.actor).migrations.change(migrationId, { state: "copying" });
        }),
    },
    {
      name: "prepare",
      run: (context, { migrationId }) =>
        withMigration(context, migrationId, async (work) => {
          await work.throwIfCancelled();
          for (const bucket of (await work.plan()).buckets) await prepareBucket(work, bucket);
        }),
      undo: takeBack,
    },
    {
      name: "copy",
      run: (context, { migrationId }) =>
        withMigration(context, migrationId, async (work) => void (await runPass(work, { isFenced: false }))),
    },
    {
      name: "delta",
      run: (context, { migrationId }) =>
        withMigration(context, migrationId, async (work) => {
          for (let pass = 0; pass < maxDeltas; pass += 1) {
            if ((await runPass(work, { isFenced: false })) <= smallDelta) break;
          }
          await refuseFailed(work);
        }),
    },
    { name: "fence", run: fence, undo: open },
    {
      name: "last",
      run: (context, { migrationId }) =>
        withMigration(context, migrationId, async (work) => {
          await runPass(work, { isFenced: true });
          await refuseFailed(work);
        }),
    },
    {
      name: "verify",
      run: (context, { migrationId }) =>
        withMigration(context, migrationId, async (work) => {
          const differences: Difference[] = [];
          for (const bucket of (await work.plan()).buckets) differences.push(...(await verifyBucket(work, bucket)));
          if (differences.length > 0) throw different(differences);
        }),
    },
    {
      name: "settings",
      run: (context, { migrationId }) =>
        withMigration(context, migrationId, async (work) => {
          const lost: NotCarried[] = [];
          const names = await sourceBuckets(work);
          for (const bucket of (await work.plan()).buckets) {
            if (names.includes(bucket.name)) lost.push(...(await carrySettings(work, bucket)));
            await carryLocks(work, bucket);
          }
          return { lost };
        }),
    },
    {
      name: "keys",
      run: (context, { migrationId }) =>
        withMigration(context, migrationId, async (work) => ({ moves: await planMoves(work) })),
      undo: (context, { moves = [] }) => revokeNewKeys(context, moves),
    },
    { name: "make", run: async (context, { moves = [] }) => ({ moves: await completeMoves(context, moves) }) },
    {
      name: "switch",
      async run(context, { migrationId, moves = [] }) {
        await switchLinks(context, moves);
        await context.database.as(context.actor).migrations.change(migrationId, { links: moves });
      },
      undo: (context, { moves = [] }) => switchLinks(context, moves, "back"),
    },
    { name: "finish", run: finish },
  ],
  result: ({ migrationId }) => ({ migrationId }),
  failed: end,
});

/** From here on it cannot be called off, and nothing new is linked to the source. */
async function fence(context: StepContext, { migrationId }: Data): Promise<void> {
  await withMigration(context, migrationId, async (work) => {
    if (work.migration.isCancelled) throw calledOff();
    const { migrations, services } = context.database.as(context.actor);
    await migrations.change(migrationId, { state: "switching" });
    if ((await requireMigration(context, migrationId)).isCancelled) throw calledOff();
    const { service, client } = work.source;
    const statusReason = `Its content is being migrated to ${work.target.service.name}.`;
    await services.change(service.id, { status: "upgrading", statusReason });
    const { fence: kind, buckets } = await work.plan();
    const names = await sourceBuckets(work);
    for (const { name } of kind === "read-only" ? buckets : []) {
      if (names.includes(name)) await fenceBucket(client, name, work);
    }
  });
}

async function open(context: StepContext, { migrationId }: Data): Promise<void> {
  await withMigration(context, migrationId, async (work) => {
    const { service, client } = work.source;
    const { fence: kind, buckets } = await work.plan();
    const names = await sourceBuckets(work);
    for (const { name } of kind === "read-only" ? buckets : []) {
      if (names.includes(name)) await openBucket(client, name, work);
    }
    await context.database.as(context.actor).services.change(service.id, { status: "running", statusReason: null });
  });
}

async function finish(context: StepContext, { migrationId, moves = [], lost = [] }: Data): Promise<void> {
  await withMigration(context, migrationId, async (work) => {
    const { migrations, services } = context.database.as(context.actor);
    const plan = await work.plan();
    const warnings = await lateWarnings(work);
    const report = await reportMigration(work, {
      lost: [...plan.not_carried, ...lost],
      warnings: [...plan.warnings, ...warnings],
    });
    for (const { linkId } of moves) await renderLater(context, context.actor, { linkId });
    const readOnly = plan.fence === "read-only" ? " Its buckets are read-only." : "";
    const statusReason = `Its content was migrated to ${work.target.service.name}.${readOnly}`;
    await services.change(work.source.service.id, { status: "running", statusReason });
    await migrations.change(migrationId, { state: "completed", report, finishedAt: context.now() });
    while (!(await work.objects.prune(migrationId, { keepsNotes: true, limit: pruneAtOnce }))) {
      work.signal.throwIfAborted();
    }
  });
}

/** Nothing of this undoes a switch. */
async function lateWarnings(work: MigrationWork): Promise<readonly string[]> {
  try {
    const late = await findLateWrites(work);
    return late.map((name) => `${name} was written to the source while it was closed: copy it by hand.`);
  } catch (error) {
    work.signal.throwIfAborted();
    work.context.logger.warn({ err: error, migration: work.migration.id }, "the source could not be looked at again");
    return ["The source could not be looked at after the switch: uploads that had begun before may be there alone."];
  }
}

/** The report first: what it is made of goes with the copies. */
async function takeBack(context: StepContext, { migrationId }: Data): Promise<void> {
  await withMigration(context, migrationId, async (work) => {
    const { migrations } = context.database.as(context.actor);
    const { not_carried: lost = [], warnings = [] } = (work.migration.plan as Partial<Plan> | undefined) ?? {};
    const report = (work.migration.report as Report | undefined) ?? (await reportMigration(work, { lost, warnings }));
    await migrations.change(migrationId, { report });
    // Applications may have written there since: nothing is removed that may be theirs.
    const left = work.migration.links === undefined ? await cleanTarget(work) : ["What was copied there"];
    const kept = left.map((name) => `${name} of the target could not be removed.`);
    await migrations.change(migrationId, { report: { ...report, warnings: [...report.warnings, ...kept] } });
    while (!(await work.objects.prune(migrationId, { keepsNotes: false, limit: pruneAtOnce }))) {
      work.signal.throwIfAborted();
    }
  });
}

type Plan = Awaited<ReturnType<MigrationWork["plan"]>>;
type Report = Awaited<ReturnType<typeof reportMigration>>;

async function end(
  context: StepContext,
  { migrationId }: Data,
  problem: { readonly code: string; readonly detail: string },
): Promise<void> {
  const { isCancelled } = await requireMigration(context, migrationId);
  const { migrations } = context.database.as(context.actor);
  const state = isCancelled ? "cancelled" : "failed";
  await migrations.change(migrationId, { state, problem, finishedAt: context.now() });
}

function different(differences: readonly Difference[]): Problem {
  const named = differences.slice(0, 5).map(({ bucket, key, how }) => `${bucket}/${key.slice(0, 200)}: ${how}`);
  return new Problem("CONFLICT", {
    detail: `The target is not what the source is: ${named.join("; ")}. ${differences.length} differences were found.`,
  });
}
