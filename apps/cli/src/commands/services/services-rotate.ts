import { jobOf } from "../../api/job-of.ts";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { formatTable } from "../../output/format-table.ts";
import { printable } from "../../output/printable.ts";
import { waitForJob } from "../jobs/wait-for-job.ts";
import { readService } from "./finish-change.ts";
import { readGivenSecret } from "./given-secret.ts";
import type { servicesRotate } from "./index.ts";
import { resolveService } from "./resolve-service.ts";

type Invocation = Parameters<RunOf<typeof servicesRotate>>[0];

export const run: RunOf<typeof servicesRotate> = async (invocation) => {
  const { api, output, prompts } = invocation;
  const client = await api();
  const id = await resolveService(invocation, client);
  const service = await readService(client, id);
  const body = await readBody(invocation, service.engine);
  await prompts.confirm(
    `New root credentials for ${printable(service.name)}: whoever uses the old ones has to change.`,
  );
  const answer = await client.call("post /api/external-services/{id}/rotate", { params: { id }, body });
  if (answer.status === 202) {
    const job = jobOf(answer) ?? "";
    await waitForJob(invocation, client, job);
    const rotated = await readService(client, id);
    output.note("It has new root credentials. The access key:");
    return output.result({ service: rotated, job }, () => `${printable(rotated.access_key ?? "")}\n`);
  }
  const { service: rotated, previous_expires_at, previous_access_key, stale_links } = answer.body;
  output.note(
    previous_expires_at === null
      ? `How long ${printable(previous_access_key)} still works is decided by its server.`
      : `${printable(previous_access_key)} works until ${previous_expires_at}.`,
  );
  if (stale_links.length > 0) {
    const rows = formatTable(stale_links, [
      { title: "PROJECT", of: ({ project }) => project },
      { title: "ENVIRONMENT", of: ({ environment }) => environment },
    ]);
    output.note(`These run with the old ones, and have to be redeployed:\n${rows.trimEnd()}`);
  }
  output.note("It has new root credentials. The access key:");
  output.result(answer.body, () => `${printable(rotated.access_key ?? "")}\n`);
};

async function readBody({ options, prompts, stdin }: Invocation, engine: string) {
  const { grace, accessKey, secretFile, secretStdin, testBucket } = options;
  const common = {
    ...(grace !== undefined && { grace_seconds: grace }),
    ...(testBucket !== undefined && { test_bucket: testBucket }),
  };
  const given = await readGivenSecret({ secretFile, secretStdin }, stdin);
  if (engine !== "external") {
    if (accessKey === undefined && given === undefined) return common;
    throw new CliError("Usage", `The engine ${engine} makes its credentials itself.`, {
      next: ["leave --access-key and the secret out"],
    });
  }
  const access_key = accessKey ?? (await prompts.text("Its new access key", { flag: "--access-key" }));
  const secret_key = given ?? (await prompts.secret("Its new secret key", { flag: "--secret-file" }));
  return { ...common, access_key, secret_key };
}
