import { z } from "@stave/api-contract";
import { pinnedImage } from "../containers/container-spec.ts";
import {
  awaitHealthy,
  ensureContainer,
  noteContainer,
  provideImage,
  requireContainer,
  tryRootKey,
} from "../containers/container-steps.ts";
import { ignoreGone } from "./create-service.ts";
import { defineJob, type StepContext } from "./define-job.ts";

const data = z.strictObject({ serviceId: z.int(), mayBeEmpty: z.boolean() });

type Data = z.output<typeof data>;

/** Runs the container of a service, which is made anew on its volume when somebody has removed it. */
export const startContainerJob = defineJob<Data>({
  type: "service:start-container",
  data,
  steps: [
    {
      name: "container",
      async run(context, { serviceId, mayBeEmpty }) {
        const { container } = await requireContainer(context, serviceId);
        if (!container.isAdopted) await provideImage(context, pinnedImage(container));
        await noteContainer(context, serviceId, await ensureContainer(context, serviceId, { mayBeEmpty }));
      },
    },
    { name: "healthy", run: (context, { serviceId }) => awaitHealthy(context, serviceId) },
    { name: "key", run: (context, { serviceId }) => tryRootKey(context, serviceId) },
    {
      name: "run",
      async run({ database, actor }, { serviceId }) {
        await database.as(actor).services.change(serviceId, { status: "running", statusReason: null });
      },
    },
  ],
  result: ({ serviceId }) => ({ serviceId }),
  failed: (context, { serviceId }, { detail }) => markFailed(context, serviceId, detail),
});

/** With the reason, for who looks later. */
export async function markFailed(
  { database, actor }: StepContext,
  serviceId: number,
  statusReason: string,
): Promise<void> {
  await database.as(actor).services.change(serviceId, { status: "failed", statusReason }).catch(ignoreGone);
}
