import type { RunOf } from "../../command/define-command.ts";
import { formatTable } from "../../output/format-table.ts";
import { formatTime } from "../../output/format-values.ts";
import type { tokensList } from "./index.ts";

export const run: RunOf<typeof tokensList> = async ({ api, output, now }) => {
  const { call } = await api();
  const { body } = await call("get /api/tokens");
  const time = { now: now(), isAbsolute: output.isAbsolute };
  output.list(body.data, {
    empty: "There are no tokens of yours. Make one with: stave tokens create -n NAME -p PERMISSION",
    render: () =>
      formatTable(body.data, [
        { title: "ID", of: ({ id }) => id },
        { title: "NAME", of: ({ name }) => name },
        { title: "OF", of: ({ userId }) => userId },
        { title: "CREATED", of: ({ createdAt }) => formatTime(createdAt, time) },
        { title: "EXPIRES", of: ({ expiresAt }) => (expiresAt === null ? "never" : formatTime(expiresAt, time)) },
        { title: "LAST USED", of: ({ lastUsedAt }) => (lastUsedAt === null ? "never" : formatTime(lastUsedAt, time)) },
        { title: "MAY", of: (token) => token.permissions.join(" ") },
      ]),
  });
};
