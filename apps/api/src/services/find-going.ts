import { ListObjectVersionsCommand } from "@aws-sdk/client-s3";
import type { ContainerRecord, ServiceRecord } from "@stave/control-database";
import { isContainerEngine } from "../containers/engine-of.ts";
import type { OperationContext } from "../context.ts";
import { Problem } from "../http/problem.ts";
import { blockersOf } from "./blockers-of.ts";
import { isDefaultService } from "./default-service.ts";
import { isEmpty, listBucketNames } from "./empty-account.ts";
import { readGatewayUsage } from "./gateway-usage.ts";
import { keysOf } from "./root-key.ts";

const lookMs = 10_000;
const maxBackups = 1000;

export type Going = {
  readonly buckets: { readonly name: string; readonly is_empty: boolean }[];
  readonly access_keys: string[];
  readonly objects: number | null;
  readonly bytes: number | null;
  readonly containers: string[];
  readonly volumes: string[];
  readonly networks: string[];
  readonly blockers: string[];
};

type FindOptions = {
  readonly force: boolean;
  readonly inContainer: InContainer | undefined;
  /** Whether objects are counted, which takes its time. */
  readonly counts: boolean;
};

/** What goes with a service. Of one that somebody else runs nothing does but its row here. */
export async function findGoing(
  context: OperationContext,
  service: ServiceRecord,
  options: FindOptions,
): Promise<Going> {
  const { force, inContainer, counts } = options;
  const blockers = [...(await blockersOf(context, service))];
  if (isDefaultService(service)) blockers.push("It is the service of the gateway's first account, which stays.");
  const nothing = { buckets: [], access_keys: [], objects: null, bytes: null };
  const { accountId } = service;
  const inDocker = {
    containers: inContainer === undefined ? [] : [inContainer.container.containerName],
    volumes: inContainer?.removesVolume ? [inContainer.container.volume].filter((name) => name !== undefined) : [],
    networks: inContainer === undefined || inContainer.container.isAdopted ? [] : [inContainer.container.network],
  };
  if (accountId !== undefined) return { ...inDocker, ...(await ofAccount(context, service, { ...options, blockers })) };
  if (!inContainer?.removesVolume) return { ...nothing, ...inDocker, blockers };
  const found = await lookAtBuckets(context, service).catch((error: unknown) => {
    if (error instanceof Problem) return undefined;
    throw error;
  });
  if (found === undefined) {
    if (!force)
      blockers.push("Nobody can see what is in it while it does not answer: start it, or delete it with force.");
    return { ...nothing, ...inDocker, blockers };
  }
  blockers.push(...fullBuckets(found, force));
  const totals = counts ? await countObjects(context, service, found) : undefined;
  return { ...nothing, ...totals, ...inDocker, buckets: found, blockers };
}

async function ofAccount(
  context: OperationContext,
  service: ServiceRecord,
  { force, blockers }: FindOptions & { readonly blockers: string[] },
) {
  const { accountId = "", status } = service;
  const keys = await keysOf(context, accountId);
  const access_keys = keys.flatMap(({ accessKeyId, revokedAt }) => (revokedAt === undefined ? [accessKeyId] : []));
  const buckets = status === "running" ? await lookAtBuckets(context, service) : await countBuckets(context, accountId);
  return { buckets, access_keys, objects: null, bytes: null, blockers: [...blockers, ...fullBuckets(buckets, force)] };
}

function fullBuckets(buckets: Going["buckets"], force: boolean): readonly string[] {
  const full = buckets.filter(({ is_empty }) => !is_empty).map(({ name }) => name);
  return full.length > 0 && !force ? [`These buckets are not empty: ${full.join(", ")}.`] : [];
}

type InContainer = { readonly container: ContainerRecord; readonly removesVolume: boolean };

/** Undefined: it runs in none of this installation. */
export async function readContainer(
  { database }: OperationContext,
  { id, engine }: ServiceRecord,
  volume: "keep" | "remove" | undefined,
): Promise<InContainer | undefined> {
  const container = await database.as("system").containers.find(id);
  if (container === undefined || !isContainerEngine(engine)) {
    if (volume === undefined) return undefined;
    throw new Problem("UNPROCESSABLE", { detail: "The service runs in no container, and has no volume." });
  }
  const isOurs = !container.isAdopted && !container.isVolumeAdopted;
  return { container, removesVolume: volume === undefined ? isOurs : volume === "remove" };
}

/** Undefined when there are more than can be counted while somebody waits. */
async function countObjects(context: OperationContext, service: ServiceRecord, buckets: Going["buckets"]) {
  const signal = AbortSignal.timeout(lookMs);
  const client = await context.clients.clientOf(service);
  let [objects, bytes] = [0, 0];
  try {
    for (const { name } of buckets.filter(({ is_empty }) => !is_empty)) {
      for (let marker = {}, hasMore = true; hasMore; ) {
        const command = new ListObjectVersionsCommand({ Bucket: name, ...marker });
        const page = await client.send(command, { abortSignal: signal });
        const versions = page.Versions ?? [];
        objects += versions.length;
        bytes += versions.reduce((sum, { Size = 0 }) => sum + Size, 0);
        hasMore = page.IsTruncated === true;
        marker = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
      }
    }
    return { objects, bytes };
  } catch {
    return undefined; // it is only said how much it is where that is known
  }
}

/** The newest ones: they stay where they are, unless they are to go, too. */
export async function findBackups({ database }: OperationContext, { id }: ServiceRecord) {
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
