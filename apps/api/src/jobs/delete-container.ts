import { z } from "@stave/api-contract";
import type { ContainerRecord } from "@stave/control-database";
import { openSpec } from "../containers/container-spec.ts";
import { requireContainer } from "../containers/container-steps.ts";
import { orDockerProblem } from "../containers/docker-problem.ts";
import { dockerIdOf } from "../containers/open-docker.ts";
import { ignoreGone } from "./create-service.ts";
import { defineJob, type StepContext } from "./define-job.ts";
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
        const snapshot = await endSnapshot(context, serviceId, { container, removesVolume });
        return {
          containers: [...removed.containers, ...(isAdopted ? [container.containerName] : [])],
          volumes: [...removed.volumes, ...snapshot.removed],
          networks: [...removed.networks],
          kept: [...removed.stillUsed, ...snapshot.kept, ...(!removesVolume && volume !== undefined ? [volume] : [])],
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

/** A volume that stays needs no snapshot; what is not ours stays like a volume that was adopted. */
async function endSnapshot(
  context: StepContext,
  serviceId: number,
  { container, removesVolume }: { readonly container: ContainerRecord; readonly removesVolume: boolean },
): Promise<{ readonly removed: readonly string[]; readonly kept: readonly string[] }> {
  const { snapshot } = await openSpec(context, container);
  if (snapshot === undefined) return { removed: [], kept: [] };
  const { volume: name, isAdopted } = snapshot;
  if (isAdopted) return { removed: [], kept: [name] };
  // With the volume it has gone already, by its label.
  if (removesVolume) return { removed: [], kept: [] };
  const { docker, signal } = context;
  await orDockerProblem(docker.removeVolume({ name, serviceId: dockerIdOf(context, serviceId), signal }));
  return { removed: [name], kept: [] };
}
