import type { RunOf } from "../../command/define-command.ts";
import { readLink, resolveLink } from "./find-link.ts";
import { formatSinks } from "./format-link.ts";
import type { sinksList } from "./index.ts";

export const run: RunOf<typeof sinksList> = async (invocation) => {
  const { api, output, now } = invocation;
  const client = await api();
  const { sinks } = await readLink(client, await resolveLink(invocation, client));
  output.list(sinks, {
    empty: "The variables are brought nowhere. Make a sink with: stave sinks create … --kind dotenv --path my-app.env",
    render: () => formatSinks(sinks, { now: now(), isAbsolute: output.isAbsolute }),
  });
};
