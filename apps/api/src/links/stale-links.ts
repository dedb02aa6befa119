import type { ApiContext } from "../context.ts";
import { showLinks } from "./show-links.ts";

export type StaleLink = {
  readonly link_id: string;
  readonly project: string;
  readonly environment: string;
};

const page = 100;

/** Links whose application runs with variables that are no longer true, as far as that is known. */
export async function staleLinksOf(context: ApiContext, serviceId: number): Promise<readonly StaleLink[]> {
  const { links } = context.database.as("system");
  const stale: StaleLink[] = [];
  for (let after: string | undefined; ; ) {
    const found = await links.list({ serviceId, after, limit: page });
    for (const { id, project, environment, needs_redeploy: needsRedeploy } of await showLinks(context, found)) {
      if (needsRedeploy) stale.push({ link_id: id, project: project.slug, environment });
    }
    after = found.at(-1)?.id;
    if (found.length < page) return stale;
  }
}
