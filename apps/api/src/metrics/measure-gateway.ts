import type { ServiceRecord } from "@stave/control-database";
import type { ApiContext } from "../context.ts";
import { readGatewayUsage } from "../services/gateway-usage.ts";
import { readKeyUsage } from "../services/key-usage.ts";
import type { Measured } from "./measure-containers.ts";

const diskEveryMs = 10 * 60_000;
const page = 1000;
/** Of a gateway with more keys than these nobody counts requests every half minute. */
const maxPages = 20;

type Totals = { readonly requests: number; readonly errors: number };
type Counted = { readonly atMs: number; readonly since: string; readonly byOwner: ReadonlyMap<string, Totals> };

/** Measures services of the built-in engine: requests by what the gateway counts for their keys, disk by what their buckets hold. */
export function createGatewayMeter(
  context: ApiContext,
): (services: readonly ServiceRecord[]) => Promise<ReadonlyMap<number, Measured>> {
  let before: Counted | undefined;
  let disk: { readonly askedMs: number; readonly byOwner: ReadonlyMap<string, number> } | undefined;

  return async (services) => {
    if (services.length === 0) return new Map();
    const counted = await countRequests(context).catch(() => undefined);
    if (disk === undefined || performance.now() - disk.askedMs > diskEveryMs) {
      const byOwner = await countBytes(context).catch(() => undefined);
      disk = byOwner && { askedMs: performance.now(), byOwner };
    }
    const measured = services.map(({ id, accountId = "" }) => {
      const rates = counted && before && ratesOf(before, counted, accountId);
      return [id, { ...rates, ...(disk !== undefined && { disk_bytes: disk.byOwner.get(accountId) ?? 0 }) }] as const;
    });
    before = counted;
    return new Map(measured);
  };
}

function ratesOf(before: Counted, now: Counted, owner: string): Measured {
  const seconds = (now.atMs - before.atMs) / 1000;
  // It has begun to count anew.
  if (before.since !== now.since || seconds <= 0) return {};
  const none = { requests: 0, errors: 0 };
  const [then, by] = [before.byOwner.get(owner) ?? none, now.byOwner.get(owner) ?? none];
  // A key that was removed takes its count along.
  const rate = (name: keyof Totals) => Math.max(0, by[name] - then[name]) / seconds;
  return { requests_per_second: rate("requests"), errors_per_second: rate("errors") };
}

async function countRequests(context: ApiContext): Promise<Counted> {
  const [owners, atMs] = [await ownersOfKeys(context), performance.now()];
  const byOwner = new Map<string, { requests: number; errors: number }>();
  let [after, since]: [string | undefined, string] = [undefined, ""];
  for (let read = 0; read < maxPages; read += 1) {
    const found = await readKeyUsage(context, { limit: page, ...(after !== undefined && { after }) });
    for (const { name, counts } of found.keys) {
      const owner = owners.get(name);
      if (owner === undefined) continue;
      const totals = byOwner.get(owner) ?? { requests: 0, errors: 0 };
      totals.requests += counts.read + counts.write + counts.list + counts.delete + counts.other;
      totals.errors += counts.clientErrors + counts.serverErrors;
      byOwner.set(owner, totals);
    }
    after = found.keys.at(-1)?.name;
    since = found.since;
    if (!found.isTruncated) return { atMs, since, byOwner };
  }
  throw new Error(`Expected at most ${maxPages * page} keys`);
}

async function ownersOfKeys({ database }: ApiContext): Promise<ReadonlyMap<string, string>> {
  const { accessKeys } = database.as("system");
  const owners = new Map<string, string>();
  for (let after: string | undefined; ; ) {
    const found = await accessKeys.list({ limit: page, ...(after !== undefined && { after }) });
    for (const { accessKeyId, ownerId } of found) owners.set(accessKeyId, ownerId);
    after = found.at(-1)?.accessKeyId;
    if (found.length < page || owners.size >= maxPages * page) return owners;
  }
}

async function countBytes(context: ApiContext): Promise<ReadonlyMap<string, number>> {
  const byOwner = new Map<string, number>();
  for (let after: string | undefined; ; ) {
    const { buckets, isTruncated } = await readGatewayUsage(context, {
      limit: page,
      ...(after !== undefined && { after }),
    });
    for (const { ownerId, sizeBytes } of buckets) byOwner.set(ownerId, (byOwner.get(ownerId) ?? 0) + sizeBytes);
    after = buckets.at(-1)?.name;
    if (!isTruncated) return byOwner;
  }
}
