import { z } from "@stave/api-contract";
import { findRootKey, issueRootKey } from "../services/root-key.ts";
import { requireService } from "./create-service.ts";
import { defineJob } from "./define-job.ts";
import { renderLinksOf } from "./render-link.ts";

const data = z.strictObject({
  serviceId: z.int(),
  accountId: z.string(),
  previousAccessKeyId: z.string(),
  graceMs: z.int(),
  accessKeyId: z.string().optional(),
  previousExpiresAt: z.iso.datetime().optional(),
});

type Data = z.output<typeof data>;

/** A new root key of a service of the built-in engine; the old one works for a while beside it. */
export const rotateServiceJob = defineJob<Data>({
  type: "service:rotate",
  data,
  steps: [
    {
      name: "issue",
      run: async (context, { serviceId, accountId }) => ({
        accessKeyId: await issueRootKey(context, { serviceId, accountId }),
      }),
      async undo(context, { accountId }) {
        const issued = await findRootKey(context, accountId);
        if (issued !== undefined) await context.accessKeysFor(context.actor).revoke(issued);
      },
    },
    {
      name: "switch",
      async run(context, { serviceId, accessKeyId, graceMs }) {
        await requireService(context, serviceId);
        if (accessKeyId === undefined) throw new TypeError("Expected a key to have been issued");
        await context.database.as(context.actor).services.change(serviceId, { accessKeyId });
        await renderLinksOf(context, context.actor, serviceId);
        return { previousExpiresAt: new Date(context.now().getTime() + graceMs).toISOString() };
      },
      async undo({ database, actor }, { serviceId, previousAccessKeyId }) {
        const { services } = database.as(actor);
        const service = await services.find(serviceId);
        if (service !== undefined) await services.change(serviceId, { accessKeyId: previousAccessKeyId });
      },
    },
    {
      name: "retire",
      async run({ database, actor }, { accessKeyId, previousAccessKeyId, previousExpiresAt }) {
        if (accessKeyId === undefined || previousExpiresAt === undefined) {
          throw new TypeError("Expected a new key, and a time at which the old one ends");
        }
        const { accessKeys } = database.as(actor);
        const previous = await accessKeys.find(previousAccessKeyId);
        const expiresAt = new Date(previousExpiresAt);
        // It never works for longer than it would have.
        if (previous?.expiresAt !== undefined && previous.expiresAt <= expiresAt) return;
        await accessKeys.change(previousAccessKeyId, { expiresAt, replacedBy: accessKeyId });
      },
    },
  ],
  result: ({ serviceId, accessKeyId, previousAccessKeyId, previousExpiresAt }) => ({
    serviceId,
    accessKeyId,
    previousAccessKeyId,
    previousExpiresAt,
  }),
});
