import { z } from "@stave/api-contract";
import { requireContainer } from "../containers/container-steps.ts";
import { orDockerProblem } from "../containers/docker-problem.ts";
import { dockerIdOf } from "../containers/open-docker.ts";
import { ignoreGone } from "./create-service.ts";
import { defineJob } from "./define-job.ts";
import { deleteBackupsOf } from "./delete-service.ts";
import { markDeleting } from "./mark-deleting.ts";

const data = z.strictObject({
  serviceId: z.int(),
  removesVolume: z.boolean(),
  /** Whether its backups go with it. */
  backups: z.enum(["keep", "delete"]).default("keep"),
  fromStatus: z.enum(["running", "stopped", "failed"]),
  fromReason: z.string().optional(),
  /** What was removed, by name. */
  containers: z.array(z.string()).optional(),
  volumes: z.array(z.string()).optional(),
  networks: z.array(z.string()).optional(),
  kept: z.array(z.string()).optional(),
});

type Data = z.output<typeof data>;

/** Takes a service in a container away: container, volume and network, then its row with its keys. */
export const deleteContainerJob = defineJob<Data>({
  type: "service:delete-container",
  data,
  steps: [
    {
      name: "mark",
      run: (context, { serviceId }) => markDeleting(context, serviceId),
      async undo({ database, actor }, { serviceId, fromStatus, fromReason, containers }) {
        const change =
          containers === undefined
            ? { status: fromStatus, statusReason: fromReason ?? null }
            : { status: "failed" as const, statusReason: "It was deleted in part. Delete it again." };
        await database.as(actor).services.change(serviceId, change).catch(ignoreGone);
      },
    },
    {
      name: "container",
      async run(context, { serviceId, removesVolume }) {
        const { docker, signal } = context;
        const { container } = await requireContainer(context, serviceId);
        const { isAdopted, containerId, volume, isVolumeAdopted } = container;
        const removed = await orDockerProblem(
          docker.remove(dockerIdOf(context, serviceId), {
            removeVolume: removesVolume,
            signal,
            ...(isAdopted && containerId !== undefined && { adoptedContainerId: containerId }),
            ...(removesVolume && isVolumeAdopted && volume !== undefined && { adoptedVolumes: [volume] }),
          }),
        );
        return {
          containers: [...removed.containers, ...(isAdopted ? [container.containerName] : [])],
          volumes: [...removed.volumes],
          networks: [...removed.networks],
          kept: [...removed.stillUsed, ...(!removesVolume && volume !== undefined ? [volume] : [])],
        };
      },
    },
    {
      name: "backups",
      async run(context, { serviceId, backups }) {
        if (backups === "delete") await deleteBackupsOf(context, serviceId);
      },
    },
    {
      name: "row",
      async run({ database, actor }, { serviceId }) {
        await database.as(actor).services.remove(serviceId).catch(ignoreGone);
      },
    },
  ],
  result: ({ serviceId, containers = [], volumes = [], networks = [], kept = [] }) => ({
    serviceId,
    containers,
    volumes,
    networks,
    kept,
  }),
});
