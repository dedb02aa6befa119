import type { RunOf } from "../../command/define-command.ts";
import { formatTable } from "../../output/format-table.ts";
import { formatTime } from "../../output/format-values.ts";
import type { noticesList } from "./index.ts";

export const run: RunOf<typeof noticesList> = async ({ api, output, now }) => {
  const { call } = await api();
  const { body } = await call("get /api/notice-webhooks");
  const time = { now: now(), isAbsolute: output.isAbsolute };
  output.list(body.data, {
    empty: "Nobody is told. Tell a URL with: stave notices create -n NAME --to URL",
    render: () =>
      formatTable(body.data, [
        { title: "ID", of: ({ id }) => id },
        { title: "NAME", of: ({ name }) => name },
        { title: "URL", of: ({ url }) => url },
        { title: "DELIVERED", of: ({ deliveredAt }) => formatTime(deliveredAt, time) },
        { title: "LAST ERROR", of: ({ error }) => error },
      ]),
  });
};
