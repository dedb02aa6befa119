import type { ServiceRecord } from "@stave/control-database";
import type { ApiContext, OperationContext } from "../context.ts";
import type { Handlers } from "../http/handler.ts";
import { type BucketCounts, readGatewayUsage } from "../services/gateway-usage.ts";
import { type KeyCounts, readKeyUsage } from "../services/key-usage.ts";

export function usageOperations(
  context: OperationContext,
): Pick<Handlers, "getUsage" | "listBucketUsage" | "listKeyUsage"> {
  return {
    async getUsage() {
      const { at, buckets } = await readAll(context);
      const byOwner = Map.groupBy(buckets, ({ ownerId }) => ownerId);
      const byName = new Map(buckets.map((bucket) => [bucket.name, bucket]));
      const services = (await listServices(context)).map(({ id, name, accountId, parameters }) => ({
        id,
        name,
        ...sum(byOwner.get(accountId) ?? []),
        quotaBytes: typeof parameters.quota_bytes === "number" ? parameters.quota_bytes : null,
      }));
      const projects = (await listProjects(context)).map(({ id, name, buckets: names }) => ({
        id,
        name,
        ...sum(names.flatMap((bucket) => byName.get(bucket) ?? [])),
      }));
      return { status: 200, body: { data: { at, total: sum(buckets), services, projects } } };
    },
    async listBucketUsage({ query: { limit, cursor, serviceId } }) {
      const services = new Map((await listServices(context)).map(({ id, accountId }) => [accountId, id]));
      const owner = serviceId === undefined ? undefined : [...services].find(([, id]) => id === serviceId)?.[0];
      if (serviceId !== undefined && owner === undefined) return { status: 200, body: { data: [], nextCursor: null } };
      const { buckets, isTruncated } = await readGatewayUsage(context, {
        limit,
        ...(cursor !== undefined && { after: cursor }),
        ...(owner !== undefined && { ownerId: owner }),
      });
      const data = buckets.map(({ name, ownerId, objects, versions, sizeBytes, quotaBytes = null }) => {
        return { bucket: name, serviceId: services.get(ownerId) ?? null, objects, versions, sizeBytes, quotaBytes };
      });
      return { status: 200, body: { data, nextCursor: isTruncated ? (data.at(-1)?.bucket ?? null) : null } };
    },
    async listKeyUsage({ query: { limit, cursor } }) {
      const { since, keys, isTruncated } = await readKeyUsage(context, {
        limit,
        ...(cursor !== undefined && { after: cursor }),
      });
      const data = keys.map(({ name, counts }) => ({ ...showKeyCounts(name, counts), since }));
      return { status: 200, body: { data, nextCursor: isTruncated ? (keys.at(-1)?.name ?? null) : null } };
    },
  };
}

/** What the gateway counts for no key in particular has a name that no key can have. */
function showKeyCounts(name: string, counts: KeyCounts) {
  const kind = name === "~unsigned" ? "unsigned" : name === "~other" ? "other" : "key";
  const { clientErrors, serverErrors, receivedBytes, sentBytes, ...requests } = counts;
  const { read, write, list, delete: deleted, other } = requests;
  return {
    accessKeyId: kind === "key" ? name : null,
    kind,
    requests: { total: read + write + list + deleted + other, ...requests },
    errors: { client: clientErrors, server: serverErrors },
    receivedBytes,
    sentBytes,
  } as const;
}

const page = 1000;

async function readAll(context: ApiContext) {
  const buckets: BucketCounts[] = [];
  for (let after: string | undefined; ; ) {
    const found = await readGatewayUsage(context, { limit: page, ...(after !== undefined && { after }) });
    buckets.push(...found.buckets);
    after = found.buckets.at(-1)?.name;
    if (!found.isTruncated) return { at: context.now().toISOString(), buckets };
  }
}

type StaveService = ServiceRecord & { readonly accountId: string };

async function listServices({ database }: ApiContext): Promise<readonly StaveService[]> {
  const { services } = database.as("system");
  const found: StaveService[] = [];
  for (let after: number | undefined; ; ) {
    const listed = await services.list({ after, limit: page });
    found.push(...listed.filter((service): service is StaveService => service.accountId !== undefined));
    after = listed.at(-1)?.id;
    if (listed.length < page) return found;
  }
}

async function listProjects({ database }: ApiContext) {
  const { projects } = database.as("system");
  const found: { readonly id: string; readonly name: string; readonly buckets: readonly string[] }[] = [];
  for (let after: string | undefined; ; ) {
    const listed = await projects.list({ after, limit: page });
    for (const { id, name } of listed) found.push({ id, name, buckets: await projects.bucketsOf(id) });
    after = listed.at(-1)?.name;
    if (listed.length < page) return found;
  }
}

function sum(counted: readonly BucketCounts[]) {
  const total = { buckets: counted.length, objects: 0, versions: 0, sizeBytes: 0 };
  for (const { objects, versions, sizeBytes } of counted) {
    total.objects += objects;
    total.versions += versions;
    total.sizeBytes += sizeBytes;
  }
  return total;
}
