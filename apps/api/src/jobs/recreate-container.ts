import { z } from "@stave/api-contract";
import type { ContainerRecord } from "@stave/control-database";
import type { ServiceContainer, ServiceSpec } from "@stave/docker-services";
import { pinnedImage, secretsOf, specOf } from "../containers/container-spec.ts";
import { noteContainer, provideImage, requireContainer, tryRootKey } from "../containers/container-steps.ts";
import { orDockerProblem } from "../containers/docker-problem.ts";
import { dockerIdOf } from "../containers/open-docker.ts";
import { Problem } from "../http/problem.ts";
import { ignoreGone } from "./create-service.ts";
import { defineJob, type StepContext } from "./define-job.ts";

const data = z.strictObject({
  serviceId: z.int(),
  /** What is different in the new one. Nothing: it is as its row and its spec say, with their limits. */
  change: z.strictObject({
    image: z.string().optional(),
    apiPort: z.int().optional(),
    consolePort: z.int().optional(),
  }),
  fromStatus: z.enum(["running", "stopped", "failed"]),
  fromReason: z.string().optional(),
  imageDigest: z.string().optional(),
  replacement: z.strictObject({ oldId: z.string(), newId: z.string(), name: z.string() }).optional(),
});

type Data = z.output<typeof data>;

/** Gives a service another container on the same volume. The old one comes back unless the new one is healthy and knows its key. */
export const recreateContainerJob = defineJob<Data>({
  type: "service:recreate-container",
  data,
  steps: [
    {
      name: "mark",
      async run({ database, actor }, { serviceId }) {
        await database.as(actor).services.change(serviceId, { status: "upgrading", statusReason: null });
      },
    },
    {
      name: "image",
      async run(context, { serviceId, change }) {
        const { container } = await requireContainer(context, serviceId);
        const { digest } = await provideImage(context, change.image ?? pinnedImage(container));
        return digest === undefined ? {} : { imageDigest: digest };
      },
    },
    {
      name: "prepare",
      async run(context, job) {
        const { docker, signal } = context;
        const { container, spec } = await nextSpec(context, job);
        const { containerId } = container;
        if (containerId === undefined) throw new Problem("CONFLICT", { detail: "It has no container." });
        return { replacement: await answer(spec, docker.prepareReplacement(spec, { containerId, signal })) };
      },
      async undo(context, { serviceId }) {
        const { docker } = context;
        const found = await docker.findReplacement(dockerIdOf(context, serviceId));
        if (found === undefined) return;
        const old = await docker.rollbackReplacement(found);
        // Who asked is answered when it serves again. That it does not is seen by who looks after its health.
        if (old.state === "running" && old.health !== undefined) await docker.waitHealthy(old.id).catch(() => {});
      },
    },
    {
      name: "switch",
      async run(context, job) {
        const { spec } = await nextSpec(context, job);
        await answer(spec, context.docker.switchReplacement(replacementOf(job), { signal: context.signal }));
      },
    },
    {
      name: "healthy",
      async run(context, job) {
        const { docker, signal } = context;
        const { spec } = await nextSpec(context, job);
        const next = await answer(spec, docker.waitHealthy(replacementOf(job).newId, { signal }));
        await tryRootKey(context, job.serviceId, endpointOfNext(next));
      },
    },
    {
      name: "finish",
      async run(context, job) {
        const { spec } = await nextSpec(context, job);
        await answer(spec, context.docker.finishReplacement(replacementOf(job), { signal: context.signal }));
      },
    },
    {
      name: "note",
      async run(context, job) {
        const { docker, signal, database, actor } = context;
        const { serviceId, change, imageDigest, fromStatus, fromReason } = job;
        const { container, spec } = await nextSpec(context, job);
        const next = await answer(spec, docker.inspect(replacementOf(job).newId, { signal }));
        const { containers, services } = database.as(actor);
        await containers.change(serviceId, {
          ...(change.image !== undefined && { image: change.image }),
          imageDigest: imageDigest ?? null,
          // What was adopted is ours by now; its volume is not.
          isVolumeAdopted: container.isAdopted || container.isVolumeAdopted,
        });
        await noteContainer(context, serviceId, next);
        if (fromStatus === "stopped") await answer(spec, docker.stop(next.id, { signal }));
        await services.change(serviceId, {
          ...(change.image !== undefined && { version: change.image }),
          status: fromStatus === "stopped" ? "stopped" : "running",
          statusReason: fromStatus === "stopped" ? (fromReason ?? null) : null,
        });
      },
    },
  ],
  result: ({ serviceId }) => ({ serviceId }),
  async failed({ database, actor }, { serviceId, fromStatus, fromReason }) {
    const change = { status: fromStatus, statusReason: fromReason ?? null };
    await database.as(actor).services.change(serviceId, change).catch(ignoreGone);
  },
});

type Next = { readonly container: ContainerRecord; readonly spec: ServiceSpec };

async function nextSpec(context: StepContext, { serviceId, change, imageDigest }: Data): Promise<Next> {
  const { service, container } = await requireContainer(context, serviceId);
  if (container.volume === undefined) {
    const detail = "Its data is in no volume of its own: a new container would have nothing of it.";
    throw new Problem("CONFLICT", { detail });
  }
  const { imageDigest: _, ...kept } = container;
  const next = { ...kept, ...change, ...(imageDigest !== undefined && { imageDigest }) };
  const spec = await specOf(context, service, next as ContainerRecord);
  // Its volume is there, or something is wrong: an empty one would look like lost data.
  return { container, spec: { ...spec, isVolumeAdopted: true } };
}

function answer<Result>(spec: ServiceSpec, work: Promise<Result>): Promise<Result> {
  return orDockerProblem(work, secretsOf(spec));
}

function replacementOf({ replacement }: Data): NonNullable<Data["replacement"]> {
  if (replacement === undefined) throw new Error("Expected the replacement of an earlier step");
  return replacement;
}

function endpointOfNext({ endpoint, name }: ServiceContainer): string {
  if (endpoint === undefined) throw new Problem("UNPROCESSABLE", { detail: `${name} has no address.` });
  return endpoint;
}
