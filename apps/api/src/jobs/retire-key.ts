import { z } from "@stave/api-contract";
import type { JobRecord } from "@stave/control-database";
import type { ApiContext } from "../context.ts";
import { partiesOf } from "../links/resolve-link.ts";
import { requireRefused } from "../links/try-key.ts";
import { defineJob } from "./define-job.ts";
import { revokeKey } from "./link-steps.ts";

const data = z.strictObject({ linkId: z.string(), accessKeyId: z.string() });

type Data = z.output<typeof data>;

/** The end of a key that was replaced: it is revoked, that it is refused is seen, and then it is forgotten. */
export const retireKeyJob = defineJob<Data>({
  type: "link:retire",
  data,
  steps: [
    { name: "revoke", run: (context, { accessKeyId }) => revokeKey(context, accessKeyId) },
    {
      name: "refused",
      async run(context, { linkId, accessKeyId }) {
        const link = await context.database.as("system").links.find(linkId);
        if (link?.bucket === undefined) return; // it was unlinked, and its keys revoked
        const { service } = await partiesOf(context, link);
        if (service.status !== "running") return; // it refuses everybody
        await requireRefused(context, { service, accessKeyId, bucket: link.bucket });
      },
    },
    {
      name: "forget",
      async run({ database, actor }, { linkId, accessKeyId }) {
        const { links } = database.as(actor);
        const link = await links.find(linkId);
        if (link?.previousKeyId !== accessKeyId) return;
        await links.change(linkId, { previousKeyId: null, previousUntil: null });
      },
    },
  ],
  result: ({ accessKeyId }) => ({ accessKeyId }),
});

/** Retires the key then; a job that was to do it later is called off. */
export async function retireKey(
  { database }: ApiContext,
  actor: string,
  { linkId, accessKeyId, at }: Data & { readonly at: Date },
): Promise<JobRecord> {
  const { jobs } = database.as(actor);
  const subject = `link-key:${accessKeyId}`;
  for (const job of await jobs.list({ subject, state: "waiting", limit: 10 })) await jobs.cancel(job.id);
  return await jobs.create(
    { type: retireKeyJob.type, subject, data: { linkId, accessKeyId }, runAt: at },
    { mayQueue: true },
  );
}
