import type { DeleteMarker, ObjectVersion, VersionAttributes } from "@stave/object-store";
import { parseLifecycleConfiguration } from "@stave/s3-xml";
import { expect, test } from "vitest";
import { realDayMs } from "./due-date.ts";
import { createKeyWalk } from "./key-walk.ts";
import { compileLifecycleRules } from "./lifecycle-rules.ts";
import { type Planning, planVersion, uploadExpiry, type Version } from "./plan-version.ts";

type Versioning = Planning["versioning"];

/** What is due for the versions of one key, as `version: action (rule)`. */
function plan(rules: string, versions: readonly Version[], now: string, versioning?: Versioning): readonly string[] {
  const planning = planningOf(rules, now, versioning);
  const walk = createKeyWalk();
  const planned = [...versions.flatMap((version) => walk.next(version, planning)), ...walk.end(planning)];
  return planned.map(({ action, version, ruleId }) => `${version.versionId}: ${action} (${ruleId})`);
}

function planningOf(rules: string, now: string, versioning?: Versioning): Planning {
  const document = Buffer.from(`<LifecycleConfiguration>${rules}</LifecycleConfiguration>`);
  const compiled = compileLifecycleRules(parseLifecycleConfiguration(document));
  return { rules: compiled, versioning, now: new Date(now), dayMs: realDayMs };
}

function rule(content: string, { id = "r", status = "Enabled", filter = "" } = {}): string {
  return `<Rule><ID>${id}</ID><Status>${status}</Status><Filter>${filter}</Filter>${content}</Rule>`;
}

const days = (count: number) => `<Expiration><Days>${count}</Days></Expiration>`;
const date = (text: string) => `<Expiration><Date>${text}</Date></Expiration>`;
const lone = "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>";
const noncurrent = (count: number, kept?: number) =>
  `<NoncurrentVersionExpiration><NoncurrentDays>${count}</NoncurrentDays>${
    kept === undefined ? "" : `<NewerNoncurrentVersions>${kept}</NewerNoncurrentVersions>`
  }</NoncurrentVersionExpiration>`;

type Facts = { readonly key?: string; readonly size?: number; readonly attributes?: VersionAttributes };

function object(versionId: string, lastModified: string, facts: Facts = {}): ObjectVersion {
  const { key = "logs/a", size = 10, attributes } = facts;
  return {
    key,
    versionId,
    isLatest: false,
    ownerId: "owner",
    lastModified: new Date(lastModified),
    isDeleteMarker: false,
    sizeBytes: size,
    etag: "e",
    metadata: { headers: {}, user: {} },
    ...(attributes && { attributes }),
  };
}

function marker(versionId: string, lastModified: string): DeleteMarker {
  const common = { key: "logs/a", ownerId: "owner", isLatest: false };
  return { ...common, versionId, lastModified: new Date(lastModified), isDeleteMarker: true };
}

/** Newest first; the first is current. */
function stack(...versions: readonly Version[]): readonly Version[] {
  return versions.map((version, at) => ({ ...version, isLatest: at === 0 }));
}

const written = "2026-03-01T10:30:00Z";
const single = stack(object("null", written));
const tags = (record: Record<string, string>): Facts => ({ attributes: { tags: record } });
const tag = (key: string, value: string) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`;

test.each<[title: string, rules: string, versions: readonly Version[], now: string, due: boolean]>([
  ["a day, rounded up, less a millisecond", rule(days(1)), single, "2026-03-02T23:59:59.999Z", false],
  ["a day, rounded up to midnight", rule(days(1)), single, "2026-03-03T00:00:00Z", true],
  [
    "a day from midnight is the next midnight",
    rule(days(1)),
    stack(object("null", "2026-03-01T00:00:00Z")),
    "2026-03-02T00:00:00Z",
    true,
  ],
  [
    "a day from just after midnight is the one after",
    rule(days(1)),
    stack(object("null", "2026-03-01T00:00:00.001Z")),
    "2026-03-02T23:59:59Z",
    false,
  ],
  [
    "days across the end of February",
    rule(days(3)),
    stack(object("null", "2028-02-27T12:00:00Z")),
    "2028-03-02T00:00:00Z",
    true,
  ],
  ["as many days as there can be", rule(days(2 ** 31 - 1)), single, "9999-01-01T00:00:00Z", false],
  ["a date that has come", rule(date("2026-03-05")), single, "2026-03-05T00:00:00Z", true],
  ["a date that has not", rule(date("2026-03-05")), single, "2026-03-04T23:59:59Z", false],
  ["a date before the object was written", rule(date("2015-01-01")), single, written, true],
  ["a rule that is disabled", rule(days(1), { status: "Disabled" }), single, "2027-01-01T00:00:00Z", false],
  ["a prefix of the key", rule(days(1), { filter: "<Prefix>logs/</Prefix>" }), single, "2027-01-01T00:00:00Z", true],
  ["another prefix", rule(days(1), { filter: "<Prefix>log/</Prefix>" }), single, "2027-01-01T00:00:00Z", false],
  [
    "a prefix that is longer than the key",
    rule(days(1), { filter: "<Prefix>logs/ab</Prefix>" }),
    single,
    "2027-01-01T00:00:00Z",
    false,
  ],
  [
    "the old form of a prefix",
    `<Rule><ID>r</ID><Status>Enabled</Status><Prefix>logs</Prefix>${days(1)}</Rule>`,
    single,
    "2027-01-01T00:00:00Z",
    true,
  ],
  [
    "the old form of another prefix",
    `<Rule><ID>r</ID><Status>Enabled</Status><Prefix>x</Prefix>${days(1)}</Rule>`,
    single,
    "2027-01-01T00:00:00Z",
    false,
  ],
  [
    "a tag",
    rule(days(1), { filter: tag("k", "v") }),
    stack(object("null", written, tags({ k: "v", l: "w" }))),
    "2027-01-01T00:00:00Z",
    true,
  ],
  [
    "another value of the tag",
    rule(days(1), { filter: tag("k", "v") }),
    stack(object("null", written, tags({ k: "V" }))),
    "2027-01-01T00:00:00Z",
    false,
  ],
  ["no tags", rule(days(1), { filter: tag("k", "v") }), single, "2027-01-01T00:00:00Z", false],
  [
    "a tag that every JavaScript object seems to have",
    rule(days(1), { filter: tag("constructor", "x") }),
    single,
    "2027-01-01T00:00:00Z",
    false,
  ],
  [
    "one of two tags",
    rule(days(1), { filter: `<And>${tag("k", "v")}${tag("l", "w")}</And>` }),
    stack(object("null", written, tags({ k: "v" }))),
    "2027-01-01T00:00:00Z",
    false,
  ],
  [
    "both tags and the prefix",
    rule(days(1), { filter: `<And><Prefix>logs</Prefix>${tag("k", "v")}${tag("l", "w")}</And>` }),
    stack(object("null", written, tags({ l: "w", k: "v" }))),
    "2027-01-01T00:00:00Z",
    true,
  ],
  [
    "both tags and another prefix",
    rule(days(1), { filter: `<And><Prefix>x</Prefix>${tag("k", "v")}</And>` }),
    stack(object("null", written, tags({ k: "v" }))),
    "2027-01-01T00:00:00Z",
    false,
  ],
  [
    "exactly the size it must be larger than",
    rule(days(1), { filter: "<ObjectSizeGreaterThan>10</ObjectSizeGreaterThan>" }),
    single,
    "2027-01-01T00:00:00Z",
    false,
  ],
  [
    "a byte more",
    rule(days(1), { filter: "<ObjectSizeGreaterThan>9</ObjectSizeGreaterThan>" }),
    single,
    "2027-01-01T00:00:00Z",
    true,
  ],
  [
    "exactly the size it must be smaller than",
    rule(days(1), { filter: "<ObjectSizeLessThan>10</ObjectSizeLessThan>" }),
    single,
    "2027-01-01T00:00:00Z",
    false,
  ],
  [
    "a byte less",
    rule(days(1), { filter: "<ObjectSizeLessThan>11</ObjectSizeLessThan>" }),
    single,
    "2027-01-01T00:00:00Z",
    true,
  ],
  [
    "no byte, and larger than 0",
    rule(days(1), { filter: "<ObjectSizeGreaterThan>0</ObjectSizeGreaterThan>" }),
    stack(object("null", written, { size: 0 })),
    "2027-01-01T00:00:00Z",
    false,
  ],
  [
    "a legal hold",
    rule(days(1)),
    stack(object("null", written, { attributes: { legalHold: true } })),
    "2027-01-01T00:00:00Z",
    false,
  ],
  ["rules about versions only", rule(noncurrent(1)) + rule(lone, { id: "s" }), single, "2027-01-01T00:00:00Z", false],
])("expires the object of a bucket without versions only when it is due: %s", (_, rules, versions, now, due) => {
  expect(plan(rules, versions, now)).toEqual(due ? ["null: delete-object (r)"] : []);
});

test.each<[title: string, rules: string, expected: string]>([
  ["by days", rule(days(3), { id: "late" }) + rule(days(2), { id: "early" }), "early"],
  ["by days and date", rule(date("2026-03-02"), { id: "date" }) + rule(days(1), { id: "days" }), "date"],
  [
    "by days, not by the longer prefix",
    rule(days(9), { id: "narrow", filter: "<Prefix>logs/a</Prefix>" }) + rule(days(2), { id: "wide" }),
    "wide",
  ],
  ["the first of equals", rule(days(2), { id: "one" }) + rule(days(2), { id: "two" }), "one"],
])("of several rules the earliest counts: %s", (_, rules, expected) => {
  expect(plan(rules, single, "2027-01-01T00:00:00Z")).toEqual([`null: delete-object (${expected})`]);
});

const locked: VersionAttributes = {
  retention: { mode: "GOVERNANCE", retainUntil: new Date("2026-06-01T00:00:00Z") },
};

test.each<[title: string, rules: string, versions: readonly Version[], now: string, expected: readonly string[]]>([
  [
    "the current version gets a marker",
    rule(days(1)),
    stack(object("v1", written)),
    "2026-03-03T00:00:00Z",
    ["v1: add-delete-marker (r)"],
  ],
  [
    "a locked one, too",
    rule(days(1)),
    stack(object("v1", written, { attributes: locked })),
    "2026-03-03T00:00:00Z",
    ["v1: add-delete-marker (r)"],
  ],
  [
    "a marker with versions below stays",
    rule(days(1)),
    stack(marker("m", written), object("v1", written)),
    "2026-09-01T00:00:00Z",
    [],
  ],
  [
    "a marker with versions below stays",
    rule(lone),
    stack(marker("m", written), object("v1", written)),
    "2026-09-01T00:00:00Z",
    [],
  ],
  [
    "a marker with a marker below stays",
    rule(lone),
    stack(marker("m2", written), marker("m1", written)),
    "2026-09-01T00:00:00Z",
    [],
  ],
  ["a lone marker goes at once", rule(lone), stack(marker("m", written)), written, ["m: delete-expired-marker (r)"]],
  [
    "a lone marker stays when the rule says false",
    rule(lone.replace("true", "false")),
    stack(marker("m", written)),
    "2027-01-01T00:00:00Z",
    [],
  ],
  [
    "a lone marker goes by age",
    rule(days(1)),
    stack(marker("m", written)),
    "2026-03-03T00:00:00Z",
    ["m: delete-expired-marker (r)"],
  ],
  ["a younger lone marker stays", rule(days(1)), stack(marker("m", written)), "2026-03-02T00:00:00Z", []],
  [
    "a lone marker is not about a date",
    rule(date("2026-01-01")),
    stack(marker("m", written)),
    "2026-09-01T00:00:00Z",
    [],
  ],
  [
    "a lone marker has no tags",
    rule(days(1), { filter: tag("k", "v") }),
    stack(marker("m", written)),
    "2026-09-01T00:00:00Z",
    [],
  ],
  [
    "a lone marker has no bytes",
    rule(days(1), { filter: "<ObjectSizeGreaterThan>0</ObjectSizeGreaterThan>" }),
    stack(marker("m", written)),
    "2026-09-01T00:00:00Z",
    [],
  ],
  [
    "noncurrent versions leave the marker",
    rule(noncurrent(1)),
    stack(marker("m", "2026-03-02T00:00:00Z"), object("v1", written)),
    "2026-03-03T00:00:00Z",
    ["v1: delete-noncurrent-version (r)"],
  ],
  [
    "noncurrent since its successor was written",
    rule(noncurrent(1)),
    stack(object("v2", "2026-05-01T00:00:00Z"), object("v1", written)),
    "2026-05-01T23:59:59Z",
    [],
  ],
  [
    "noncurrent for long enough",
    rule(noncurrent(1)),
    stack(object("v2", "2026-05-01T00:00:00Z"), object("v1", written)),
    "2026-05-02T00:00:00Z",
    ["v1: delete-noncurrent-version (r)"],
  ],
  [
    "not older than itself, after a clock was set back",
    rule(noncurrent(1)),
    stack(object("v2", "2026-01-01T00:00:00Z"), object("v1", "2026-05-01T00:00:00Z")),
    "2026-05-01T12:00:00Z",
    [],
  ],
  [
    "a noncurrent marker goes like a version",
    rule(noncurrent(1)),
    stack(object("v2", written), marker("m", written), object("v1", written)),
    "2026-04-01T00:00:00Z",
    ["m: delete-noncurrent-version (r)", "v1: delete-noncurrent-version (r)"],
  ],
  [
    "the newest two that are not current are kept",
    rule(noncurrent(1, 2)),
    stack(
      object("v5", written),
      object("v4", written),
      object("v3", written),
      object("v2", written),
      object("v1", written),
    ),
    "2026-04-01T00:00:00Z",
    ["v2: delete-noncurrent-version (r)", "v1: delete-noncurrent-version (r)"],
  ],
  [
    "markers do not count as kept",
    rule(noncurrent(1, 1)),
    stack(
      object("v3", written),
      marker("m2", written),
      marker("m1", written),
      object("v2", written),
      object("v1", written),
    ),
    "2026-04-01T00:00:00Z",
    ["v1: delete-noncurrent-version (r)"],
  ],
  [
    "a number to keep without days",
    rule(noncurrent(1, 1).replace(/<NoncurrentDays>.*<.NoncurrentDays>/, "")),
    stack(object("v3", written), object("v2", written), object("v1", written)),
    "2026-03-02T00:00:00Z",
    ["v1: delete-noncurrent-version (r)"],
  ],
  [
    "a version that is retained stays",
    rule(noncurrent(1)),
    stack(object("v2", written), object("v1", written, { attributes: locked })),
    "2026-05-31T00:00:00Z",
    [],
  ],
  [
    "until it is not retained any more",
    rule(noncurrent(1)),
    stack(object("v2", written), object("v1", written, { attributes: locked })),
    "2026-06-01T00:00:00Z",
    ["v1: delete-noncurrent-version (r)"],
  ],
  [
    "a version that is held stays",
    rule(noncurrent(1)),
    stack(object("v2", written), object("v1", written, { attributes: { legalHold: true } })),
    "2027-01-01T00:00:00Z",
    [],
  ],
  [
    "each version by its own tags",
    rule(noncurrent(1), { filter: tag("k", "v") }),
    stack(object("v3", written), object("v2", written), object("v1", written, tags({ k: "v" }))),
    "2027-01-01T00:00:00Z",
    ["v1: delete-noncurrent-version (r)"],
  ],
  [
    "current and noncurrent at once",
    rule(days(1) + noncurrent(1)),
    stack(object("v2", written), object("v1", written)),
    "2027-01-01T00:00:00Z",
    ["v2: add-delete-marker (r)", "v1: delete-noncurrent-version (r)"],
  ],
])("with versions: %s", (_, rules, versions, now, expected) => {
  expect(plan(rules, versions, now, "Enabled")).toEqual(expected);
});

test("with suspended versioning the marker takes the place of the null version, and the plan says so", () => {
  const late = "2027-01-01T00:00:00Z";
  const atTop = stack(object("null", written), object("v1", written));
  const below = stack(object("v2", written), object("v1", written), object("null", written));

  expect(plan(rule(days(1)), atTop, late, "Suspended")).toEqual(["null: add-delete-marker (r)"]);
  expect(plan(rule(days(1)), below, late, "Suspended")).toEqual([
    "v2: add-delete-marker (r)",
    "null: replace-null-version (r)",
  ]);
  expect(plan(rule(noncurrent(1)), below, late, "Suspended")).toEqual([
    "v1: delete-noncurrent-version (r)",
    "null: delete-noncurrent-version (r)",
  ]);
});

test("keys do not know of each other", () => {
  const other = object("b1", written, { key: "logs/b" });
  const versions = [...stack(marker("m", written)), ...stack(object("b2", written, { key: "logs/b" }), other)];

  expect(plan(rule(lone) + rule(noncurrent(1), { id: "s" }), versions, "2027-01-01T00:00:00Z", "Enabled")).toEqual([
    "m: delete-expired-marker (r)",
    "b1: delete-noncurrent-version (s)",
  ]);
});

test("uploads are aborted some days after they began, by prefix", () => {
  const abort = (count: number) =>
    `<AbortIncompleteMultipartUpload><DaysAfterInitiation>${count}</DaysAfterInitiation></AbortIncompleteMultipartUpload>`;
  const planning = planningOf(
    rule(abort(7), { id: "all" }) + rule(abort(2), { id: "logs", filter: "<Prefix>logs/</Prefix>" }) + rule(days(1)),
    written,
  );
  const initiatedAt = new Date(written);

  expect(uploadExpiry({ key: "logs/a", initiatedAt }, planning)).toEqual({
    ruleId: "logs",
    dueMs: Date.parse("2026-03-04T00:00:00Z"),
  });
  expect(uploadExpiry({ key: "other", initiatedAt }, planning)?.ruleId).toBe("all");
  expect(uploadExpiry({ key: "other", initiatedAt }, planningOf(rule(days(1)), written))).toBeUndefined();
});

test("only prefixes that a rule is about are walked, and none twice", () => {
  const filter = (prefix: string) => ({ filter: `<Prefix>${prefix}</Prefix>` });
  const { rules } = planningOf(
    rule(days(1), filter("b/")) +
      rule(days(1), filter("a/x")) +
      rule(days(1), filter("a/")) +
      rule(days(1), filter("b/")),
    written,
  );

  expect(rules.versionPrefixes).toEqual(["a/", "b/"]);
  expect(rules.uploadPrefixes).toEqual([]);
  expect(planningOf(rule(days(1), filter("b/")) + rule(days(1)), written).rules.versionPrefixes).toEqual([""]);
});

test("a shortened day is what everything is counted in", () => {
  const planning = { ...planningOf(rule(days(2)), "1970-01-01T00:00:30Z"), dayMs: 10_000 };
  const [version] = stack(object("null", "1970-01-01T00:00:01Z"));
  const place = { successor: undefined, newerNoncurrent: 0, isOnly: true };
  const at = (now: string) => version && planVersion(version, place, { ...planning, now: new Date(now) })?.action;

  expect([at("1970-01-01T00:00:29Z"), at("1970-01-01T00:00:30Z")]).toEqual([undefined, "delete-object"]);
});
