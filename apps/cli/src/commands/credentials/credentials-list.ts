import type { RunOf } from "../../command/define-command.ts";
import { formatTable } from "../../output/format-table.ts";
import { formatTime } from "../../output/format-values.ts";
import { listCredentials } from "./find-credential.ts";
import type { credentialsList } from "./index.ts";

export const run: RunOf<typeof credentialsList> = async ({ api, arguments: { bucket }, options, output, now }) => {
  const rows = await listCredentials(await api(), { bucket, service: options.service });
  const time = { now: now(), isAbsolute: output.isAbsolute };
  output.list(rows, {
    empty: `The bucket ${bucket} has no credentials. Make one with: stave credentials create ${bucket}`,
    render: () =>
      formatTable(rows, [
        { title: "ACCESS KEY", of: ({ accessKeyId }) => accessKeyId },
        { title: "DESCRIPTION", of: ({ description }) => description || null },
        { title: "ACCESS", of: ({ access }) => access },
        { title: "PREFIX", of: ({ prefix }) => prefix },
        { title: "LAST USED", of: ({ lastUsedAt }) => formatTime(lastUsedAt, time) },
        { title: "EXPIRES", of: ({ expiresAt }) => formatTime(expiresAt, time) },
        { title: "CREATED", of: ({ createdAt }) => formatTime(createdAt, time) },
      ]),
  });
};
