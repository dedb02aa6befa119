import { z } from "@stave/api-contract";
import { fenceBucket, openBucket } from "../migrate/fence-source.ts";
import { type MigrationWork, requireMigration, withMigration } from "../migrate/migration-work.ts";
import { sourceBuckets } from "../migrate/plan-buckets.ts";
import { completeMoves, type Move, moveSchema, placeOf, revokeNewKeys, switchLinks } from "../migrate/plan-links.ts";
import { defineJob, type StepContext } from "./define-job.ts";
import { planKey } from "./link-steps.ts";
import { renderLater } from "./render-link.ts";

const data = z.strictObject({ migrationId: z.string(), moves: z.array(moveSchema).optional() });

type Data = z.output<typeof data>;

/** Back to the source, which is as it was when it was closed. */
export const rollbackMigrationJob = defineJob<Data>({
  type: "migration:rollback",
  data,
  steps: [
    {
      name: "keys",
      run: async (context, { migrationId }) => ({ moves: await planWayBack(context, migrationId) }),
      undo: (context, { moves = [] }) => revokeNewKeys(context, moves),
    },
    { name: "make", run: async (context, { moves = [] }) => ({ moves: await completeMoves(context, moves) }) },
    {
      name: "open",
      run: (context, { migrationId }) => ofEachBucket(context, migrationId, openBucket),
      undo: (context, { migrationId }) => ofEachBucket(context, migrationId, fenceBucket),
    },
    {
      name: "switch",
      run: (context, { moves = [] }) => switchLinks(context, moves),
      undo: (context, { moves = [] }) => switchLinks(context, moves, "back"),
    },
    {
      name: "finish",
      async run(context, { migrationId, moves = [] }) {
        const { migrations, services } = context.database.as(context.actor);
        const { sourceId } = await requireMigration(context, migrationId);
        for (const { linkId } of moves) await renderLater(context, context.actor, { linkId });
        await services.change(sourceId, { statusReason: null });
        await migrations.change(migrationId, { state: "rolled_back", finishedAt: context.now() });
      },
    },
  ],
  result: ({ migrationId }) => ({ migrationId }),
  async failed({ database, actor, now }, { migrationId }, problem) {
    await database.as(actor).migrations.change(migrationId, { state: "completed", problem, finishedAt: now() });
  },
});

/** Of those links that are still where the migration has brought them; each gets its old key, if that still works. */
async function planWayBack(context: StepContext, migrationId: string): Promise<Move[]> {
  const { links = [], targetId } = await requireMigration(context, migrationId);
  const table = context.database.as("system").links;
  const keys = context.accessKeysFor("system");
  const moves: Move[] = [];
  for (const { linkId, from: before } of z.array(moveSchema).parse(links)) {
    const link = await table.find(linkId);
    if (link?.serviceId !== targetId) continue;
    const from = placeOf(link);
    const { keySince, keyRevision, previousKeyId: _, accessKeyId: oldKeyId, ...place } = before;
    const previous = from.accessKeyId === undefined ? {} : { previousKeyId: from.accessKeyId };
    const old = oldKeyId === undefined ? undefined : await keys.find(oldKeyId);
    const isUsable =
      old !== undefined && old.revokedAt === undefined && !(old.expiresAt && old.expiresAt <= context.now());
    if (place.credentials === "service") {
      moves.push({ linkId, from, to: { ...place, ...previous }, isNewKey: false });
    } else if (isUsable && oldKeyId !== undefined) {
      const key = { accessKeyId: oldKeyId, ...(keySince && { keySince }), ...(keyRevision && { keyRevision }) };
      moves.push({ linkId, from, to: { ...place, ...previous, ...key }, isNewKey: false });
    } else {
      const accessKeyId = await planKey(context, linkId);
      moves.push({ linkId, from, to: { ...place, ...previous, accessKeyId }, isNewKey: true });
    }
  }
  return moves;
}

async function ofEachBucket(
  context: StepContext,
  migrationId: string,
  change: (client: MigrationWork["source"]["client"], bucket: string, options: MigrationWork) => Promise<void>,
): Promise<void> {
  await withMigration(context, migrationId, async (work) => {
    const { fence, buckets } = await work.plan();
    const names = await sourceBuckets(work);
    for (const { name } of fence === "read-only" ? buckets : []) {
      if (names.includes(name)) await change(work.source.client, name, work);
    }
  });
}
