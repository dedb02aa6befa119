import type { CallAnswer, Routes } from "@stave/api-contract";
import { formatTable } from "../../output/format-table.ts";
import { formatBytes } from "../../output/format-values.ts";
import { printable } from "../../output/printable.ts";

type Plan = CallAnswer<Routes["planRestore"]>["body"]["data"];
type Amount = Plan["written"];

/** What a restore would do, bucket by bucket. */
export function formatRestorePlan(plan: Plan): string {
  const { written, replaced, unchanged, deleted } = plan;
  const all = { target: "in all", exists: true, written, replaced, unchanged, deleted };
  const table = formatTable(
    [...plan.buckets, all],
    [
      { title: "BUCKET", of: ({ target, exists }) => (exists ? target : `${target} (new)`) },
      { title: "WRITTEN", of: (bucket) => amount(bucket.written), isRight: true },
      { title: "REPLACED", of: (bucket) => amount(bucket.replaced), isRight: true },
      { title: "UNCHANGED", of: (bucket) => amount(bucket.unchanged), isRight: true },
      { title: "DELETED", of: (bucket) => amount(bucket.deleted), isRight: true },
    ],
  );
  const lines = [
    ...(plan.keptBuckets.length === 0 ? [] : [`stays: ${plan.keptBuckets.join(", ")}`]),
    ...plan.buckets
      .filter(({ unreadSettings }) => unreadSettings.length > 0)
      .map(({ target, unreadSettings }) => `not in the backup: ${unreadSettings.join(", ")} of ${target}`),
    ...plan.notes.map((note) => `note: ${note}`),
    ...plan.blockers.map((blocker) => `blocked: ${blocker}`),
  ];
  return [table, ...lines.map((line) => `${printable(line)}\n`)].join("");
}

function amount({ objects, sizeBytes }: Amount): string {
  return objects === 0 ? "0" : `${objects} (${formatBytes(sizeBytes)})`;
}
