import type { ApiClient } from "../../../api/api-client.ts";
import type { Invocation } from "../../../command/invocation.ts";
import { formatTable } from "../../../output/format-table.ts";
import { formatBytes, formatTime } from "../../../output/format-values.ts";
import { serviceQuery } from "../options.ts";
import type { BucketOf } from "./bucket-setting.ts";

export type PlanInput = BucketOf & {
  /** As lifecycle rules are set. Undefined: those of the bucket. */
  readonly rules: unknown;
  readonly at: string | undefined;
};

type Plan = Awaited<ReturnType<typeof planLifecycle>>;

export async function planLifecycle({ call }: ApiClient, { bucket, service, rules, at }: PlanInput) {
  const { body } = await call("post /api/storage/buckets/{bucket}/lifecycle/plan", {
    params: { bucket },
    query: serviceQuery(service),
    // They may come from a file: the server says what is wrong with them.
    body: { ...(rules as object | undefined), ...(at !== undefined && { at }) },
  });
  return body.data;
}

/** Nothing of it has been done. */
export function showPlan({ output, now }: Pick<Invocation<unknown, unknown>, "output" | "now">, plan: Plan): void {
  const { entries, total } = plan;
  const time = { now: now(), isAbsolute: output.isAbsolute };
  const bytes = entries.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0);
  if (output.isJson) {
    output.result(plan, () => "");
    return;
  }
  output.list(entries, {
    empty: "Nothing would go.",
    render: () =>
      formatTable(entries, [
        { title: "KEY", of: ({ key }) => key },
        { title: "ACTION", of: ({ action }) => action },
        { title: "VERSION", of: ({ versionId, uploadId }) => versionId ?? uploadId },
        { title: "SIZE", of: ({ sizeBytes }) => (sizeBytes === null ? null : formatBytes(sizeBytes)), isRight: true },
        { title: "DUE", of: ({ dueAt }) => formatTime(dueAt, time) },
        { title: "RULE", of: ({ ruleId }) => ruleId },
      ]),
  });
  if (entries.length === 0) return;
  const count = total === null ? `More than ${entries.length}` : String(total);
  output.note(
    `${count} would go, ${formatBytes(bytes)}${total === null ? " of those shown" : ""}. Nothing was changed.`,
  );
}
