import type { RunOf } from "../../command/define-command.ts";
import { resolveService } from "../services/resolve-service.ts";
import { projectIdOf } from "./find-link.ts";
import { formatLinks } from "./format-link.ts";
import type { linksList } from "./index.ts";
import { listLinks, listLinksOfService } from "./list-links.ts";

export const run: RunOf<typeof linksList> = async (invocation) => {
  const { options, arguments: given, output } = invocation;
  const client = await invocation.api();
  const wanted = options.project === undefined ? undefined : projectIdOf(options.project);
  const isOfService = given.service !== undefined || options.id !== undefined;
  const all = isOfService
    ? await listLinksOfService(client, await resolveService(invocation, client))
    : await listLinks(client, wanted);
  const links = all.filter(
    ({ needs_redeploy, project }) =>
      (!options.stale || needs_redeploy) && (wanted === undefined || project.slug === wanted || project.id === wanted),
  );
  output.list(links, {
    empty: options.stale
      ? "Every application runs with its variables as they are."
      : "There are no links. Make one with: stave services link my-storage --project my-app",
    render: () => formatLinks(links),
  });
};
