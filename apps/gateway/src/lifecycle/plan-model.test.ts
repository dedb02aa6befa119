import type { DeleteMarker, ObjectVersion } from "@stave/object-store";
import type { LifecycleRule } from "@stave/s3-xml";
import fc from "fast-check";
import { expect, test } from "vitest";
import { realDayMs } from "./due-date.ts";
import { createKeyWalk } from "./key-walk.ts";
import { compileLifecycleRules } from "./lifecycle-rules.ts";
import type { Planning, Version } from "./plan-version.ts";

// The planner sees each version once, in the order of a listing. The model has all versions and all rules before it, and says for
// each what the user guide says, in so many words. fast-check prints seed and path of a failure.
const numRuns = Number(process.env.STAVE_PROPERTY_RUNS ?? 3000);

const start = Date.UTC(2026, 0, 1);
const tag = fc.constantFrom("a", "b").map((key) => ({ key, value: "1" }));
const size = fc.integer({ min: 0, max: 4 });

const rule: fc.Arbitrary<LifecycleRule> = fc
  .record({
    status: fc.constantFrom("Enabled", "Enabled", "Disabled"),
    prefix: fc.constantFrom("", "k", "k1", "x"),
    tags: fc.array(tag, { maxLength: 2 }),
    above: fc.option(size, { nil: undefined }),
    below: fc.option(size, { nil: undefined }),
    expiration: fc.option(
      fc.oneof(
        fc.record({ days: fc.integer({ min: 1, max: 6 }) }),
        fc.record({ date: fc.integer({ min: 0, max: 12 }).map((day) => new Date(start + day * realDayMs)) }),
        fc.record({ expiredObjectDeleteMarker: fc.boolean() }),
      ),
      { nil: undefined },
    ),
    noncurrentVersionExpiration: fc.option(
      fc.record({
        noncurrentDays: fc.integer({ min: 1, max: 5 }),
        newerNoncurrentVersions: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      }),
      { nil: undefined },
    ),
  })
  .map(({ status, prefix, tags, above, below, ...actions }) => ({
    ...actions,
    status: status as LifecycleRule["status"],
    filter: { and: { prefix, tags, objectSizeGreaterThan: above, objectSizeLessThan: below } },
    transitions: [],
    noncurrentVersionTransitions: [],
  }));

const version = fc.record({
  /** Hours after the one before. */
  after: fc.integer({ min: 0, max: 60 }),
  isDeleteMarker: fc.boolean(),
  sizeBytes: size,
  tags: fc.array(fc.constantFrom("a", "b"), { maxLength: 2 }),
  hasLegalHold: fc.nat(5).map((at) => at === 0),
  retainedDays: fc.option(fc.integer({ min: 0, max: 14 }), { nil: undefined, freq: 5 }),
});

const keys = fc.array(fc.array(version, { minLength: 1, maxLength: 6 }), { maxLength: 3 });

test("the planner agrees with a model that knows everything at once", () => {
  const inputs = {
    rules: fc.array(rule, { maxLength: 4 }),
    histories: keys,
    versioning: fc.constantFrom(undefined, "Enabled" as const, "Suspended" as const),
    now: fc.integer({ min: 0, max: 14 * 24 }).map((hours) => new Date(start + hours * 3_600_000)),
  };
  fc.assert(
    fc.property(fc.record(inputs), ({ rules, histories, versioning, now }) => {
      const named = rules.map((it, at) => ({ ...it, id: `r${at}` }));
      const stacks = histories.map((history, at) =>
        toStack(`k${at}`, versioning === undefined ? history.slice(-1) : history, versioning),
      );
      const planning = { rules: compileLifecycleRules({ rules: named }), versioning, now, dayMs: realDayMs };

      const walk = createKeyWalk();
      const planned = [...stacks.flat().flatMap((it) => walk.next(it, planning)), ...walk.end(planning)];

      expect(planned.map(({ action, version: it }) => `${it.key} ${it.versionId} ${action}`)).toEqual(
        stacks.flatMap((stack) => model(stack, named, planning)),
      );
    }),
    { numRuns },
  );
});

function model(stack: readonly Version[], rules: readonly LifecycleRule[], { versioning, now }: Planning): string[] {
  const enabled = rules.filter(({ status }) => status === "Enabled");
  const current = stack[0];
  const currentExpires =
    current !== undefined &&
    !current.isDeleteMarker &&
    enabled.some((it) => {
      if (!applies(it, current)) return false;
      const { days, date } = it.expiration ?? {};
      return days === undefined ? date !== undefined && date <= now : midnightAfter(current, days) <= now.getTime();
    });
  return stack.flatMap((version, at) => {
    const done = (action: string) => [`${version.key} ${version.versionId} ${action}`];
    if (at === 0 && version.isDeleteMarker) {
      const isExpired = enabled.some(({ expiration, ...it }) => {
        if (!applies(it, version)) return false;
        const days = expiration?.days;
        const goesAlone = expiration?.expiredObjectDeleteMarker && version.lastModified <= now;
        return goesAlone || (days && midnightAfter(version, days) <= now.getTime());
      });
      return stack.length === 1 && isExpired ? done("delete-expired-marker") : [];
    }
    if (at === 0) {
      if (!currentExpires) return [];
      if (versioning !== undefined) return done("add-delete-marker");
      return isLocked(version, now) ? [] : done("delete-object");
    }
    const successor = stack[at - 1];
    const newer = stack.slice(1, at).filter(({ isDeleteMarker }) => !isDeleteMarker).length;
    const expires = enabled.some((it) => {
      const action = it.noncurrentVersionExpiration;
      if (action === undefined || successor === undefined || !applies(it, version)) return false;
      if (newer < (action.newerNoncurrentVersions ?? 0)) return false;
      return midnightAfter(successor, action.noncurrentDays ?? 0) <= now.getTime();
    });
    if (expires && !isLocked(version, now)) return done("delete-noncurrent-version");
    const isReplaced = currentExpires && versioning === "Suspended" && version.versionId === "null";
    return isReplaced ? done("replace-null-version") : [];
  });
}

function applies({ filter }: Pick<LifecycleRule, "filter">, version: Version): boolean {
  const { prefix = "", tags = [], objectSizeGreaterThan = -1, objectSizeLessThan = 99 } = filter?.and ?? {};
  const sizeBytes = version.isDeleteMarker ? 0 : version.sizeBytes;
  const own = version.isDeleteMarker ? [] : Object.entries(version.attributes?.tags ?? {});
  return (
    version.key.startsWith(prefix) &&
    sizeBytes > objectSizeGreaterThan &&
    sizeBytes < objectSizeLessThan &&
    tags.every((wanted) => own.some(([key, value]) => key === wanted.key && value === wanted.value))
  );
}

/** The first midnight that is not before so many days are over. */
function midnightAfter({ lastModified }: Version, days: number): number {
  const over = new Date(lastModified);
  over.setUTCDate(over.getUTCDate() + days);
  const midnight = new Date(over);
  midnight.setUTCHours(0, 0, 0, 0);
  if (midnight < over) midnight.setUTCDate(midnight.getUTCDate() + 1);
  return midnight.getTime();
}

function isLocked(version: Version, now: Date): boolean {
  if (version.isDeleteMarker) return false;
  const { legalHold = false, retention } = version.attributes ?? {};
  return legalHold || (retention !== undefined && retention.retainUntil > now);
}

type History = readonly (typeof version extends fc.Arbitrary<infer T> ? T : never)[];

/** Newest first. In a bucket with suspended versioning one of them, by its number, is the `null` version. */
function toStack(key: string, history: History, versioning: Planning["versioning"]): readonly Version[] {
  let atMs = start;
  const nullAt = versioning === undefined ? 0 : versioning === "Suspended" ? (history[0]?.after ?? 0) % 4 : -1;
  const versions = history.map((it, at): Version => {
    atMs += it.after * 3_600_000;
    const isLatest = at === history.length - 1;
    const versionId = at === nullAt ? "null" : `v${at}`;
    const common = { key, versionId, isLatest, ownerId: "owner", lastModified: new Date(atMs) };
    if (it.isDeleteMarker && versioning !== undefined)
      return { ...common, isDeleteMarker: true } satisfies DeleteMarker;
    return {
      ...common,
      isDeleteMarker: false,
      sizeBytes: it.sizeBytes,
      etag: "e",
      metadata: { headers: {}, user: {} },
      attributes: {
        tags: Object.fromEntries(it.tags.map((name) => [name, "1"])),
        legalHold: it.hasLegalHold,
        ...(it.retainedDays !== undefined && {
          retention: { mode: "COMPLIANCE" as const, retainUntil: new Date(start + it.retainedDays * realDayMs) },
        }),
      },
    } satisfies ObjectVersion;
  });
  return versions.toReversed();
}
