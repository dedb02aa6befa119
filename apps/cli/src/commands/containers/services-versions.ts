import type { RunOf } from "../../command/define-command.ts";
import { formatTable } from "../../output/format-table.ts";
import { formatTime } from "../../output/format-values.ts";
import { resolveService } from "../services/resolve-service.ts";
import type { servicesVersions } from "./index.ts";
import { orNoContainer } from "./or-no-container.ts";

export const run: RunOf<typeof servicesVersions> = async (invocation) => {
  const { api, output, now } = invocation;
  const client = await api();
  const id = await resolveService(invocation, client);
  const { body } = await orNoContainer(client.call("get /api/external-services/{id}/versions", { params: { id } }), {
    client,
    id,
  });
  const time = { now: now(), isAbsolute: output.isAbsolute };
  output.list(body.versions, {
    empty: "It has not run any image yet.",
    render: () =>
      formatTable(body.versions, [
        { title: "VERSION", of: ({ id }) => id },
        { title: "IMAGE", of: ({ image }) => image },
        { title: "CURRENT", of: ({ is_current }) => (is_current ? "yes" : "no") },
        { title: "REASON", of: ({ reason }) => reason },
        { title: "SINCE", of: ({ since }) => formatTime(since, time) },
      ]),
  });
};
