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
import type { Step } from "./define-job.ts";

export type Making = {
  readonly serviceId: number;
  /** Those that were asked for. */
  readonly ports: { readonly api?: number | undefined; readonly console?: number | undefined };
};

/** What is done for a service whose row is there until its server runs, and has taken its root key. Taken back, nothing of it is left. */
export const makingSteps: readonly Step<Making>[] = [
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
    name: "root-key",
    async run(context, { serviceId }) {
      await context.progress({ done: 3, total: 4, message: "Trying the root key" });
      await tryRootKey(context, serviceId);
    },
  },
];
