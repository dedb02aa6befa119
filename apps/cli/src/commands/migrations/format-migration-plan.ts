import { formatTable } from "../../output/format-table.ts";
import { formatBytes } from "../../output/format-values.ts";
import { printable } from "../../output/printable.ts";
import type { Migration } from "./find-migration.ts";

type Plan = NonNullable<Migration["plan"]>;

const maxLines = 20;

/** What a migration would do, bucket by bucket. */
export function formatMigrationPlan(plan: Plan): string {
  const { buckets, objects, bytes, delete_markers } = plan;
  const all = { name: "in all", target_name: null, is_made: false, has_versions: null, objects, bytes, delete_markers };
  const table = formatTable(
    [...buckets, all],
    [
      { title: "BUCKET", of: ({ name }) => name },
      { title: "TO", of: ({ target_name, is_made }) => (is_made ? `${target_name} (new)` : target_name) },
      { title: "VERSIONS", of: (row) => (row.has_versions === null ? null : row.has_versions ? "yes" : "no") },
      { title: "OBJECTS", of: (row) => row.objects, isRight: true },
      { title: "MARKERS", of: (row) => row.delete_markers, isRight: true },
      { title: "SIZE", of: (row) => formatBytes(row.bytes), isRight: true },
    ],
  );
  const left = plan.not_carried.map(
    ({ what, bucket, reason }) => `not carried: ${what}${bucket === null ? "" : ` of ${bucket}`}: ${reason}`,
  );
  const lines = [
    `links: ${plan.links.length === 0 ? "none" : plan.links.map((link) => `${link.project_id} (${link.environment})`).join(", ")}`,
    plan.fence === "none"
      ? "source: cannot be closed from here; stop what writes to it"
      : "source: read-only afterwards",
    ...left.slice(0, maxLines),
    ...(left.length > maxLines ? [`not carried: ${left.length - maxLines} more, in --json`] : []),
    ...plan.warnings.map((warning) => `warning: ${warning}`),
    ...plan.blockers.map((blocker) => `blocked: ${blocker}`),
  ];
  return [table, ...lines.map((line) => `${printable(line)}\n`)].join("");
}
