import { z } from "@stave/api-contract";
import type { LinkMove, LinkPlace, LinkRecord } from "@stave/control-database";
import { orProblem } from "../http/or-problem.ts";
import { Problem } from "../http/problem.ts";
import type { StepContext } from "../jobs/define-job.ts";
import { makeKey, planKey, requireLink, revokeKey, tryNewKey } from "../jobs/link-steps.ts";
import { credentialsOfKey, partiesOf, resolveWith } from "../links/resolve-link.ts";
import { tryKey } from "../links/try-key.ts";
import { serviceCredentials } from "../services/service-credentials.ts";
import type { MigrationWork } from "./migration-work.ts";

const page = 100;

const place = z.strictObject({
  serviceId: z.int(),
  bucket: z.string(),
  credentials: z.enum(["own", "service"]),
  accessKeyId: z.string().optional(),
  keySince: z.string().optional(),
  keyRevision: z.string().optional(),
  previousKeyId: z.string().optional(),
});

/** Stored, before and after the switch: no secret is in it. */
export const moveSchema = z.strictObject({ linkId: z.string(), from: place, to: place, isNewKey: z.boolean() });

export type Move = z.output<typeof moveSchema>;
type Place = z.output<typeof place>;

export async function* linksOfService(
  { database }: Pick<StepContext, "database">,
  serviceId: number,
): AsyncGenerator<LinkRecord> {
  for (let after: string | undefined; ; ) {
    const found = await database.as("system").links.list({ serviceId, after, limit: page });
    yield* found;
    after = found.at(-1)?.id;
    if (found.length < page) return;
  }
}

/** Where every link goes, with the id of the key that it gets. Nothing is made yet. */
export async function planMoves(work: MigrationWork): Promise<Move[]> {
  const { context, source, target } = work;
  const { buckets } = await work.plan();
  const moves: Move[] = [];
  for await (const link of linksOfService(context, source.service.id)) {
    const bucket = buckets.find(({ name }) => name === link.bucket)?.target_name;
    if (link.status !== "active" || bucket === undefined) {
      throw new Problem("CONFLICT", { detail: `The link ${link.id} is ${link.status}, or its bucket is gone.` });
    }
    const from = placeOf(link);
    const to: Place = {
      serviceId: target.service.id,
      bucket,
      credentials: target.service.engine === "stave" ? "own" : "service",
      ...(from.accessKeyId !== undefined && { previousKeyId: from.accessKeyId }),
    };
    const isNewKey = to.credentials === "own";
    const key = isNewKey ? { accessKeyId: await planKey(context, link.id) } : {};
    moves.push({ linkId: link.id, from, to: { ...to, ...key }, isNewKey });
  }
  return moves;
}

export function placeOf(link: LinkRecord): Place {
  const { serviceId, bucket = "", credentials, accessKeyId, keySince, keyRevision, previousKeyId } = link;
  return {
    serviceId,
    bucket,
    credentials,
    ...(accessKeyId !== undefined && { accessKeyId }),
    ...(keySince !== undefined && { keySince: keySince.toISOString() }),
    ...(keyRevision !== undefined && { keyRevision }),
    ...(previousKeyId !== undefined && { previousKeyId }),
  };
}

/** Makes the keys that are new, and tries what each application will get. */
export async function completeMoves(context: StepContext, moves: readonly Move[]): Promise<Move[]> {
  const completed: Move[] = [];
  for (const move of moves) completed.push({ ...move, to: await completePlace(context, move) });
  return completed;
}

async function completePlace(context: StepContext, { linkId, to, isNewKey }: Move): Promise<Place> {
  const link = await requireLink(context, linkId);
  const { service } = await partiesOf(context, { ...link, serviceId: to.serviceId });
  const { project } = await partiesOf(context, link);
  const { bucket, accessKeyId } = to;
  if (!isNewKey || accessKeyId === undefined) {
    const credentials =
      accessKeyId === undefined
        ? await serviceCredentials(context, service)
        : await credentialsOfKey(context, accessKeyId);
    await tryKey(context, { service, credentials, bucket });
    return to;
  }
  await makeKey(context, { link, service, project, accessKeyId, bucket });
  const keySince = await tryNewKey(context, { service, accessKeyId, bucket });
  const credentials = await credentialsOfKey(context, accessKeyId);
  const { revision: keyRevision } = resolveWith(context, { ...link, bucket }, { service, credentials });
  return { ...to, keySince, keyRevision };
}

/** Keys of a switch that does not come. */
export async function revokeNewKeys(context: StepContext, moves: readonly Move[]): Promise<void> {
  for (const { to, isNewKey } of moves) {
    if (isNewKey && to.accessKeyId !== undefined) await revokeKey(context, to.accessKeyId);
  }
}

/** All at once. `back` undoes it. */
export async function switchLinks(
  context: StepContext,
  moves: readonly Move[],
  direction: "there" | "back" = "there",
): Promise<void> {
  const { services, migrations } = context.database.as(context.actor);
  const planned: LinkMove[] = [];
  for (const move of moves) {
    const [from, to] = direction === "there" ? [move.from, move.to] : [move.to, move.from];
    const isOfProject = (await services.find(to.serviceId))?.engine === "stave";
    planned.push({ linkId: move.linkId, from, to: toPlace(to), isOfProject });
  }
  await orProblem(migrations.moveLinks(planned));
}

function toPlace({ keySince, ...rest }: Place): LinkPlace {
  return { ...rest, ...(keySince !== undefined && { keySince: new Date(keySince) }) };
}
