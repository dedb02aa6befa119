import { z } from "@stave/api-contract";
import { findOwn, requireContainer } from "../containers/container-steps.ts";
import { orDockerProblem } from "../containers/docker-problem.ts";
import { defineJob } from "./define-job.ts";

const data = z.strictObject({ serviceId: z.int(), reason: z.string() });

type Data = z.output<typeof data>;

/** Stops the container of a service, so that it stays so also when the machine starts anew. */
export const stopContainerJob = defineJob<Data>({
  type: "service:stop-container",
  data,
  steps: [
    {
      name: "container",
      async run(context, { serviceId }) {
        const { docker, signal } = context;
        const { container } = await requireContainer(context, serviceId);
        const found = await orDockerProblem(findOwn(context, container));
        if (found !== undefined) await orDockerProblem(docker.stop(found.id, { signal }));
      },
    },
    {
      name: "note",
      async run({ database, actor }, { serviceId, reason }) {
        await database.as(actor).services.change(serviceId, { status: "stopped", statusReason: reason });
      },
    },
  ],
  result: ({ serviceId }) => ({ serviceId }),
});
