import { CliError } from "../../command/cli-error.ts";
import type { RunOf, ValuesOf } from "../../command/define-command.ts";
import { withS3 } from "../../s3/open-s3.ts";
import { putRetention, type Retention } from "../../s3/operations/retention.ts";
import type { retentionSet } from "./index.ts";
import { requireObject } from "./require-target.ts";

const dayMs = 86_400_000;

export const run: RunOf<typeof retentionSet> = (invocation) =>
  withS3(invocation, async ({ s3Target, clientOf }) => {
    const { arguments: given, options, output, now, prompts } = invocation;
    const { mode, versionId, bypassGovernance } = options;
    const target = requireObject(s3Target(given.target));
    const { bucket, key } = target;
    const until = untilOf(options, now());
    if (mode === "compliance") {
      await prompts.confirm(
        `Nobody can delete this version before ${until.toISOString()}, and nobody can take that back. Go on?`,
      );
    }
    const retention = { mode: mode === "compliance" ? "COMPLIANCE" : "GOVERNANCE", until } satisfies Retention;
    await putRetention(await clientOf(target), { bucket, key, versionId }, retention, { bypassGovernance });
    output.note(`It is kept until ${until.toISOString()}.`);
    output.result(retention, () => "");
  });

function untilOf({ days, until }: Pick<ValuesOf<(typeof retentionSet)["options"]>, "days" | "until">, now: Date): Date {
  if ((days === undefined) === (until === undefined)) {
    throw new CliError("Usage", "Expected either --days or --until.", {
      next: ["stave retention set s3://BUCKET/KEY --days 30"],
    });
  }
  const date = until ?? new Date(now.getTime() + (days ?? 0) * dayMs);
  if (date > now) return date;
  throw new CliError("Usage", `${date.toISOString()} is over already.`);
}
