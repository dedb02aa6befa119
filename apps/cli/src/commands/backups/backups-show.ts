import type { RunOf } from "../../command/define-command.ts";
import { formatProperties, formatTable } from "../../output/format-table.ts";
import { formatBytes } from "../../output/format-values.ts";
import type { backupsShow } from "./index.ts";
import { verifiedAs } from "./verified-as.ts";

export const run: RunOf<typeof backupsShow> = async ({ api, arguments: given, output }) => {
  const { call } = await api();
  const { body } = await call("get /api/backups/{id}", { params: { id: given.backup } });
  const { data } = body;
  const problems = [...data.problems, ...(data.verification?.problems ?? [])];
  output.result(data, () =>
    [
      formatProperties({
        ID: data.id,
        Service: `${data.service.name} (${data.serviceId})`,
        Destination: data.destinationId,
        Schedule: data.scheduleId,
        State: data.state,
        Versions: data.withVersions ? "all" : "the newest ones",
        Buckets: data.buckets,
        Objects: `${data.objects}, ${formatBytes(data.sizeBytes)}`,
        Stored: `${data.storedObjects}, ${formatBytes(data.storedBytes)}`,
        Meanwhile: `${data.changed} changed, ${data.vanished} gone`,
        Verified: data.verification === null ? "no" : `${verifiedAs(data)}, ${data.verification.at}`,
        Manifest: data.manifestChecksum,
        Job: data.jobId,
        Created: data.createdAt,
        Finished: data.finishedAt,
      }),
      ...(problems.length === 0 ? [] : ["\n", problemTable(problems)]),
    ].join(""),
  );
};

type Problem = {
  readonly bucket: string | null;
  readonly key: string | null;
  readonly code: string;
  readonly reason: string;
};

function problemTable(problems: readonly Problem[]): string {
  return formatTable(problems, [
    { title: "PROBLEM", of: ({ code }) => code },
    { title: "BUCKET", of: ({ bucket }) => bucket },
    { title: "KEY", of: ({ key }) => key },
    { title: "WHY", of: ({ reason }) => reason },
  ]);
}
