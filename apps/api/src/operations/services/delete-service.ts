import type { ServiceRecord } from "@stave/control-database";
import type { OperationContext } from "../../context.ts";
import type { Handler } from "../../http/handler.ts";
import { orProblem } from "../../http/or-problem.ts";
import { Problem } from "../../http/problem.ts";
import { deleteServiceJob } from "../../jobs/delete-service.ts";
import { waitForJob } from "../../jobs/wait-for-job.ts";
import { blockersOf } from "../../services/blockers-of.ts";
import { isDefaultService } from "../../services/default-service.ts";
import { isEmpty, listBucketNames } from "../../services/empty-account.ts";
import { readGatewayUsage } from "../../services/gateway-usage.ts";
import { keysOf } from "../../services/root-key.ts";
import { showService } from "../../services/show-service.ts";
import { findService } from "./find-service.ts";

const lookMs = 10_000;
const maxBackups = 1000;

export function deleteService(context: OperationContext): Handler<"deleteService"> {
  return async ({ caller, params, query: { force, dry_run: isDryRun, backups } }) => {
    const service = await findService(context, params.id);
    const { status } = service;
    if (status !== "running" && status !== "stopped" && status !== "failed") {
      throw new Problem("CONFLICT", { detail: `The service is ${status}.` });
    }
    const { blockers, ...going } = await findGoing(context, service, force);
    if (isDryRun) return { status: 200, body: { service: showService(context, service), ...going, blockers } };
    if (blockers.length > 0) {
      const nextActions = ["Remove what stands in the way, or look with dry_run=true at what would go."];
      throw new Problem("CONFLICT", { detail: blockers.join(" "), nextActions });
    }
    const { statusReason, accountId, id } = service;
    const job = await orProblem(
      context.database.as(caller.actor).jobs.create({
        type: deleteServiceJob.type,
        subject: `service:${id}`,
        data: {
          serviceId: id,
          force,
          backups,
          fromStatus: status,
          ...(accountId !== undefined && { accountId }),
          ...(statusReason !== undefined && { fromReason: statusReason }),
        },
      }),
    );
    context.wakeJobs();
    if ((await waitForJob(context, job.id)) !== undefined) return { status: 204 };
    const current = (await context.database.as("system").services.find(id)) ?? service;
    return { status: 202, headers: { location: `/api/jobs/${job.id}` }, body: showService(context, current) };
  };
}

type Going = {
  readonly buckets: { readonly name: string; readonly is_empty: boolean }[];
  readonly access_keys: string[];
  readonly backups: {
    readonly id: string;
    readonly state: string;
    readonly size_bytes: number;
    readonly created_at: string;
  }[];
  readonly blockers: string[];
};

/** What goes with a service of the built-in engine. Of one that somebody else runs nothing does but its row here. */
async function findGoing(context: OperationContext, service: ServiceRecord, force: boolean): Promise<Going> {
  const blockers = [...(await blockersOf(context, service))];
  if (isDefaultService(service)) blockers.push("It is the service of the gateway's first account, which stays.");
  const { accountId, status } = service;
  const backups = await findBackups(context, service);
  if (accountId === undefined) return { buckets: [], access_keys: [], backups, blockers };
  const keys = await keysOf(context, accountId);
  const access_keys = keys.flatMap(({ accessKeyId, revokedAt }) => (revokedAt === undefined ? [accessKeyId] : []));
  const buckets = status === "running" ? await lookAtBuckets(context, service) : await countBuckets(context, accountId);
  const full = buckets.filter(({ is_empty }) => !is_empty).map(({ name }) => name);
  if (full.length > 0 && !force) blockers.push(`These buckets are not empty: ${full.join(", ")}.`);
  return { buckets, access_keys, backups, blockers };
}

/** The newest ones: they stay where they are, unless they are to go, too. */
async function findBackups({ database }: OperationContext, { id }: ServiceRecord): Promise<Going["backups"]> {
  const found = await database.as("system").backups.list({ serviceId: id, limit: maxBackups });
  return found.map((backup) => ({
    id: backup.id,
    state: backup.state,
    size_bytes: backup.counts.sizeBytes,
    created_at: backup.createdAt.toISOString(),
  }));
}

/** Nobody reaches what is stopped, this process neither; the gateway counts it all the same. */
async function countBuckets(context: OperationContext, ownerId: string): Promise<Going["buckets"]> {
  const found: Going["buckets"] = [];
  for (let after: string | undefined; ; ) {
    const page = await readGatewayUsage(context, { limit: 1000, ownerId, ...(after !== undefined && { after }) });
    found.push(...page.buckets.map(({ name, versions }) => ({ name, is_empty: versions === 0 })));
    after = page.buckets.at(-1)?.name;
    if (!page.isTruncated) return found;
  }
}

async function lookAtBuckets(context: OperationContext, service: ServiceRecord): Promise<Going["buckets"]> {
  const signal = AbortSignal.timeout(lookMs);
  try {
    const client = await context.clients.clientOf(service);
    const buckets: Going["buckets"] = [];
    for (const name of await listBucketNames(client, signal)) {
      buckets.push({ name, is_empty: await isEmpty(client, name, signal) });
    }
    return buckets;
  } catch (error) {
    throw new Problem("UNAVAILABLE", { detail: "The buckets of the service could not be looked at.", cause: error });
  }
}
