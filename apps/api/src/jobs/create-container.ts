import { z } from "@stave/api-contract";
import { requireContainer } from "../containers/container-steps.ts";
import { makeBuckets } from "../services/make-buckets.ts";
import { ignoreGone } from "./create-service.ts";
import { defineJob } from "./define-job.ts";
import { makingSteps } from "./making-steps.ts";

const data = z.strictObject({
  serviceId: z.int(),
  buckets: z.array(z.string()),
  /** Those that were asked for. */
  ports: z.strictObject({ api: z.int().optional(), console: z.int().optional() }),
});

type Data = z.output<typeof data>;

/** Completes a service in a container whose row is there: its image, network, volume and container, its first buckets. */
export const createContainerJob = defineJob<Data>({
  type: "service:create-container",
  data,
  steps: [
    ...makingSteps,
    {
      name: "buckets",
      async run(context, { serviceId, buckets }) {
        const { service } = await requireContainer(context, serviceId);
        await makeBuckets(context, service, buckets);
      },
    },
    {
      name: "run",
      async run(context, { serviceId }) {
        await context.database.as(context.actor).services.change(serviceId, { status: "running", statusReason: null });
        await context.progress({ done: 4, total: 4, message: "It runs" });
      },
    },
  ],
  result: ({ serviceId }) => ({ serviceId }),
  async failed({ database, actor }, { serviceId }) {
    await database.as(actor).services.remove(serviceId).catch(ignoreGone);
  },
});
