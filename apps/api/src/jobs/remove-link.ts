import { z } from "@stave/api-contract";
import { cleanSinks } from "../sinks/render-sinks.ts";
import { defineJob } from "./define-job.ts";
import { revokeKey } from "./link-steps.ts";

const data = z.strictObject({ linkId: z.string(), warnings: z.array(z.string()).optional() });

/** Ends a link: its keys, what its sinks have written, its row. The bucket stays. */
export const removeLinkJob = defineJob<z.output<typeof data>>({
  type: "link:remove",
  data,
  steps: [
    {
      name: "keys",
      async run(context, { linkId }) {
        const keys = await context.database.as("system").links.keysOf(linkId);
        for (const accessKeyId of keys) await revokeKey(context, accessKeyId);
      },
    },
    {
      name: "sinks",
      async run(context, { linkId }) {
        const link = await context.database.as("system").links.find(linkId);
        return { warnings: link === undefined ? [] : [...(await cleanSinks(context, link))] };
      },
    },
    {
      name: "row",
      async run({ database, actor }, { linkId }) {
        await database.as(actor).links.remove(linkId);
      },
    },
  ],
  result: ({ linkId, warnings = [] }) => ({ linkId, warnings }),
});
