import type { RunOf } from "../../command/define-command.ts";
import { formatTable } from "../../output/format-table.ts";
import { formatTime } from "../../output/format-values.ts";
import { listKeys } from "./find-key.ts";
import type { keysList } from "./index.ts";
import { describeScope } from "./key-scope.ts";

export const run: RunOf<typeof keysList> = async ({ api, options, output, now }) => {
  const rows = await listKeys(await api(), options);
  const time = { now: now(), isAbsolute: output.isAbsolute };
  output.list(rows, {
    empty: "There are no access keys. Make one with: stave keys create --bucket photos --access read-only",
    render: () =>
      formatTable(rows, [
        { title: "ACCESS KEY", of: ({ accessKeyId }) => accessKeyId },
        { title: "DESCRIPTION", of: ({ description }) => description || null },
        { title: "MAY", of: ({ scope }) => describeScope(scope) },
        { title: "LAST USED", of: ({ lastUsedAt }) => formatTime(lastUsedAt, time) },
        { title: "EXPIRES", of: ({ expiresAt }) => formatTime(expiresAt, time) },
        { title: "CREATED", of: ({ createdAt }) => formatTime(createdAt, time) },
      ]),
  });
};
