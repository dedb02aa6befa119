import { z } from "@stave/api-contract";
import type { JobRecord } from "@stave/control-database";
import type { ApiContext } from "../context.ts";
import { renderSinks } from "../sinks/render-sinks.ts";
import { defineJob } from "./define-job.ts";
import { requireLink } from "./link-steps.ts";

const page = 100;

const data = z.strictObject({ linkId: z.string(), isForced: z.boolean() });

/** Brings the variables of a link to its sinks. */
export const renderLinkJob = defineJob<z.output<typeof data>>({
  type: "link:render",
  data,
  steps: [
    {
      name: "render",
      async run(context, { linkId, isForced }) {
        await renderSinks(context, await requireLink(context, linkId), { isForced });
      },
    },
  ],
});

/** After whatever is being done to the link. */
export async function renderLater(
  { database }: ApiContext,
  actor: string,
  { linkId, isForced = false }: { readonly linkId: string; readonly isForced?: boolean },
): Promise<JobRecord> {
  const job = { type: renderLinkJob.type, subject: `link:${linkId}`, data: { linkId, isForced } };
  return await database.as(actor).jobs.create(job, { mayQueue: true });
}

/** The service has changed in what variables are made of: sinks that have it already are left as they are. */
export async function renderLinksOf(context: ApiContext, actor: string, serviceId: number): Promise<void> {
  const { links, linkSinks } = context.database.as("system");
  for (let after: string | undefined; ; ) {
    const found = await links.list({ serviceId, after, limit: page });
    const sinks = await linkSinks.list(found.map(({ id }) => id));
    for (const linkId of new Set(sinks.map((sink) => sink.linkId))) await renderLater(context, actor, { linkId });
    after = found.at(-1)?.id;
    if (found.length < page) return;
  }
}
