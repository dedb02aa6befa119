import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { waitForJob } from "../jobs/wait-for-job.ts";
import { type BucketContents, describeContents, isEmpty, readContents } from "./bucket-contents.ts";
import type { bucketsDelete } from "./index.ts";
import { serviceQuery } from "./options.ts";

export const run: RunOf<typeof bucketsDelete> = async (invocation) => {
  const { api, arguments: given, options, output, prompts } = invocation;
  const { bucket } = given;
  const { service, withObjects, dryRun, force, noWait } = options;
  const client = await api();
  const contents = await readContents(client, { bucket, service });
  refuse(contents, { bucket, withObjects });
  output.note(`${dryRun ? "Would delete" : "This deletes"} the bucket ${bucket}: ${describeContents(contents)}.`);
  if (dryRun) return output.result({ bucket, dryRun, ...contents }, () => "");
  if (!force) await prompts.confirmByName("It cannot be taken back.", bucket);

  const answer = await client.call("delete /api/storage/buckets/{bucket}", {
    params: { bucket },
    query: { ...serviceQuery(service), force: withObjects ? "true" : "false" },
  });
  const job = answer.status === 202 ? answer.body.data.jobId : undefined;
  if (job !== undefined && noWait) {
    output.note("It is being deleted. The job:");
    return output.result({ bucket, job }, () => `${job}\n`);
  }
  if (job !== undefined) await waitForJob(invocation, client, job);
  output.note(`The bucket ${bucket} is deleted.`);
  output.result({ bucket, deleted: true, ...(job !== undefined && { job }) }, () => "");
};

function refuse(
  contents: BucketContents,
  { bucket, withObjects }: { readonly bucket: string; readonly withObjects: boolean },
): void {
  const links = contents.links ?? [];
  if (links.length > 0) {
    throw new CliError(
      "Conflict",
      `The bucket "${bucket}" is used by ${links.map(({ project }) => project).join(", ")}.`,
      {
        why: "only buckets that no project is linked to can be deleted.",
        next: links.map(
          ({ service, project, environment }) =>
            `stave services unlink --id ${service} --project ${project} --environment ${environment}`,
        ),
        serverCode: "CONFLICT",
      },
    );
  }
  if (withObjects || isEmpty(contents)) return;
  throw new CliError("Conflict", `The bucket "${bucket}" is not empty: ${describeContents(contents)}.`, {
    why: "only empty buckets can be deleted.",
    next: [`stave rm --recursive s3://${bucket}`, `stave buckets delete ${bucket} --with-objects --dry-run`],
    serverCode: "CONFLICT",
  });
}
