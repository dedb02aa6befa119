import { z } from "@stave/api-contract";
import { secretsOf, specOf } from "../containers/container-spec.ts";
import {
  awaitHealthy,
  noteContainer,
  provideImage,
  requireContainer,
  tryRootKey,
} from "../containers/container-steps.ts";
import { orDockerProblem } from "../containers/docker-problem.ts";
import { dockerIdOf } from "../containers/open-docker.ts";
import { makeBuckets } from "../services/make-buckets.ts";
import { ignoreGone } from "./create-service.ts";
import { defineJob } from "./define-job.ts";

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
    {
      name: "image",
      async run(context, { serviceId }) {
        const { container } = await requireContainer(context, serviceId);
        const { id: imageId, digest: imageDigest } = await provideImage(context, container.image);
        const { containers } = context.database.as(context.actor);
        await containers.change(serviceId, { imageId, imageDigest: imageDigest ?? null });
      },
    },
    {
      name: "container",
      async run(context, { serviceId, ports: { api, console: consolePort } }) {
        await context.progress({ done: 1, total: 4, message: "Making the container" });
        const { service, container } = await requireContainer(context, serviceId);
        // As it was asked for, not as an earlier try has found it: else what that has made would be taken for another's.
        const { apiPort: _, consolePort: __, ...asked } = container;
        const spec = await specOf(context, service, {
          ...asked,
          ...(api !== undefined && { apiPort: api }),
          ...(consolePort !== undefined && { consolePort }),
        });
        const { docker, signal } = context;
        const made = await orDockerProblem(docker.create(spec, { signal }), secretsOf(spec));
        await noteContainer(context, serviceId, made);
      },
      async undo(context, { serviceId }) {
        await context.docker.remove(dockerIdOf(context, serviceId), { removeVolume: true });
      },
    },
    {
      name: "healthy",
      async run(context, { serviceId }) {
        await context.progress({ done: 2, total: 4, message: "Waiting until the server answers" });
        await awaitHealthy(context, serviceId);
      },
    },
    {
      name: "key",
      async run(context, { serviceId }) {
        await context.progress({ done: 3, total: 4, message: "Trying the root key" });
        await tryRootKey(context, serviceId);
      },
    },
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
