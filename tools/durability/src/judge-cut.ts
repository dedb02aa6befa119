import { type Finding, findingId } from "./finding.ts";
import { judgeKey, type KeyEvidence } from "./judge-key.ts";
import { judgeVersions, type VersionEvidence } from "./judge-versions.ts";
import { type Address, type Cut, nameOf, type Operation, type Standing } from "./ledger.ts";
import type { Random } from "./random.ts";
import type { ListedObject, ListedVersion, StateReader } from "./state-reader.ts";

export type JudgedBucket = { readonly name: string; readonly isVersioned: boolean };

export interface JudgeOptions {
  readonly buckets: readonly JudgedBucket[];
  /** Keys that have changed after this are all read. The ledger's clock. @default 0, so all */
  readonly since?: number;
  /** How many of the other keys are read as well. @default 0 */
  readonly sample?: number;
  /** Draws the sample. */
  readonly random: Random;
  /** Reads at a time. @default 8 */
  readonly concurrency?: number;
  /** Waits, after which everything found must be found again. @default no second look */
  readonly settle?: () => Promise<void>;
}

export type Verdict = {
  /** The acknowledged operations whose effect was looked at. */
  readonly judged: ReadonlySet<Operation>;
  readonly findings: readonly Finding[];
};

/**
 * Compares what is in a store after a cut with what may be there. All keys are held against the listing; those that have changed
 * lately, a sample of the others, and all that look wrong in the listing are read in full.
 */
export async function judgeCut(cut: Cut, reader: StateReader, options: JudgeOptions): Promise<Verdict> {
  const { settle } = options;
  const first = await look(cut, reader, options);
  if (settle === undefined || first.findings.length === 0) return first;

  await settle();
  const subjects = new Set(first.findings.map(({ subject }) => subject));
  const second = await look(cut, reader, options, subjects);
  const confirmed = new Set(second.findings.map(findingId));
  return { judged: first.judged, findings: first.findings.filter((finding) => confirmed.has(findingId(finding))) };
}

async function look(
  cut: Cut,
  reader: StateReader,
  options: JudgeOptions,
  only?: ReadonlySet<string>,
): Promise<Verdict> {
  const findings: Finding[] = [];
  const judged = new Set<Operation>();
  const standings = cut.standings();
  for (const bucket of options.buckets) {
    const inBucket = standings.filter(({ address }) => address.bucket === bucket.name);
    const listing = await readListing(reader, bucket);
    if (listing.failure !== undefined) {
      findings.push({ kind: "listing", subject: `LIST of ${bucket.name}`, operation: 0, text: listing.failure });
    }
    findings.push(...findUnknownKeys(bucket.name, inBucket, listing));
    const chosen = inBucket.filter(({ address }) => only?.has(nameOf(address)) ?? true);
    const isRead = only === undefined ? chooseKeys(chosen, listing, options) : () => true;
    const read = chosen.filter(isRead);
    await eachOf(read, options.concurrency ?? 8, async (standing) => {
      const { address, required, versions } = standing;
      const evidence = evidenceOf(listing, address.key);
      const seen = await reader.read(address);
      findings.push(...judgeKey(cut, standing, { ...evidence, seen }));
      if (required !== undefined) judged.add(required);
      if (!bucket.isVersioned) return;
      const since = only === undefined && standing.changedAt > (options.since ?? 0) ? (options.since ?? 0) : 0;
      findings.push(...(await judgeVersions(cut, standing, { ...evidence, seen, reader, since })));
      for (const operation of versions.values()) judged.add(operation);
    });
  }
  return { judged, findings: [...new Map(findings.map((finding) => [findingId(finding), finding])).values()] };
}

type Listing = {
  readonly objects: ReadonlyMap<string, readonly ListedObject[]> | undefined;
  readonly versions: ReadonlyMap<string, readonly ListedVersion[]> | undefined;
  readonly failure: string | undefined;
};

async function readListing(reader: StateReader, { name, isVersioned }: JudgedBucket): Promise<Listing> {
  try {
    const objects = Map.groupBy(await reader.list(name), ({ key }) => key);
    const versions = isVersioned ? Map.groupBy(await reader.listVersions(name), ({ key }) => key) : undefined;
    return { objects, versions, failure: undefined };
  } catch (error) {
    const failure = `cannot be had: ${error instanceof Error ? error.message : String(error)}`;
    return { objects: undefined, versions: undefined, failure };
  }
}

function evidenceOf(
  { objects, versions }: Listing,
  key: string,
): Omit<KeyEvidence & VersionEvidence, "seen" | "reader" | "since"> {
  return {
    listed: objects === undefined ? undefined : (objects.get(key) ?? []),
    listedVersions: versions === undefined ? undefined : (versions.get(key) ?? []),
  };
}

function findUnknownKeys(bucket: string, standings: readonly Standing[], listing: Listing): readonly Finding[] {
  const known = new Set(standings.map(({ address }) => address.key));
  const listed = new Set([...(listing.objects?.keys() ?? []), ...(listing.versions?.keys() ?? [])]);
  const unknown = [...listed].filter((key) => !known.has(key));
  return unknown.map((key) => ({
    kind: "phantom",
    subject: nameOf({ bucket, key } satisfies Address),
    operation: 0,
    text: "is listed, and nobody had begun to write it when the power was cut",
  }));
}

function chooseKeys(
  standings: readonly Standing[],
  listing: Listing,
  options: JudgeOptions,
): (it: Standing) => boolean {
  const { since = 0, sample = 0, random } = options;
  const older = standings.filter(({ changedAt }) => changedAt <= since);
  const drawn = new Set<Standing>();
  for (let left = Math.min(sample, older.length); left > 0; left -= 1) {
    const standing = older[random.below(older.length)];
    if (standing !== undefined) drawn.add(standing);
  }
  return (it) => it.changedAt > since || drawn.has(it) || looksWrong(it, listing);
}

/** Whether the listing alone shows that a key cannot be what it has to be. */
function looksWrong({ address, allowed, versions }: Standing, listing: Listing): boolean {
  const listed = listing.objects?.get(address.key)?.[0];
  if (!allowed.some((content) => content?.sizeBytes === listed?.sizeBytes)) return true;
  const ids = new Set(listing.versions?.get(address.key)?.map(({ versionId }) => versionId));
  return listing.versions !== undefined && [...versions.keys()].some((id) => !ids.has(id));
}

async function eachOf<T>(items: readonly T[], concurrency: number, visit: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const work = async () => {
    for (const item of queue) await visit(item);
  };
  await Promise.all(Array.from({ length: concurrency }, work));
}
