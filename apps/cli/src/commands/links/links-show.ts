import type { RunOf } from "../../command/define-command.ts";
import { readLink, resolveLink } from "./find-link.ts";
import { formatLink } from "./format-link.ts";
import type { linksShow } from "./index.ts";

export const run: RunOf<typeof linksShow> = async (invocation) => {
  const { api, output, now } = invocation;
  const client = await api();
  const link = await readLink(client, await resolveLink(invocation, client));
  output.result(link, () => formatLink(link, { now: now(), isAbsolute: output.isAbsolute }));
};
