import { statfs } from "node:fs/promises";
import { DockerServicesError } from "@stave/docker-services";
import { Problem } from "../http/problem.ts";
import type { StepContext } from "../jobs/define-job.ts";
import type { ReplacementData } from "../jobs/replace-container.ts";
import { changeSpec, openSpec, type Snapshot } from "./container-spec.ts";
import { requireContainer } from "./container-steps.ts";
import { orDockerProblem } from "./docker-problem.ts";
import { dockerIdOf } from "./open-docker.ts";

/** What must stay free for others. */
const reserveBytes = 64 * 1024 ** 2;

/**
 * Copies the volume while nothing runs on it, and keeps that copy instead of the one before. The old container is stopped for it, and starts again with the
 * way back when the copy cannot be made.
 */
export async function takeSnapshot(
  context: StepContext,
  { serviceId, snapshot, before, target }: ReplacementData,
): Promise<void> {
  if (snapshot !== true || before === undefined || target === undefined) return;
  const { docker, signal, database, actor, jobId } = context;
  const { container } = await requireContainer(context, serviceId);
  const { volume } = container;
  if (volume === undefined) throw new TypeError("Expected a volume: the new container was made on it");
  const last = (await openSpec(context, container)).snapshot;
  if (last?.jobId === jobId) return; // it is written down, and only that was not
  const sizeBytes = await docker.volumeSize(volume, { signal }).catch(() => undefined);
  await requireSpace(context, sizeBytes);
  const statusReason = "A snapshot of its volume is made.";
  await database.as(actor).services.change(serviceId, { status: "upgrading", statusReason });
  await context.progress({ done: 0, message: "Making a snapshot of the volume" });
  await orDockerProblem(docker.stop(before.containerId, { signal }));
  const copyName = `${container.containerName}_snapshot_${jobId.toLowerCase().replaceAll(/[^a-z0-9]/g, "")}`;
  const image = before.imageId ?? before.image;
  const owner = dockerIdOf(context, serviceId);
  await orDockerProblem(docker.copyVolume({ volumeName: volume, copyName, serviceId: owner, image, signal }));
  await noteSnapshot(context, serviceId, {
    volume: copyName,
    isAdopted: false,
    jobId,
    takenAt: context.now().toISOString(),
    image: before.image,
    ...(before.imageId !== undefined && { imageId: before.imageId }),
    ...(before.imageDigest !== undefined && { imageDigest: before.imageDigest }),
    ...(sizeBytes !== undefined && { sizeBytes }),
  });
  await context.say(`The snapshot ${copyName} has what the volume had while nobody served.`);
  if (last !== undefined) await removeSnapshot(context, serviceId, last);
}

/** Of a machine that is this one. Docker itself does not say how much is free. */
async function requireSpace({ docker, config, signal }: StepContext, sizeBytes: number | undefined): Promise<void> {
  if (sizeBytes === undefined || "host" in config.docker) return;
  const { dataDirectory } = await orDockerProblem(docker.host({ signal }));
  const disk = await statfs(dataDirectory).catch(() => undefined);
  const freeBytes = disk === undefined ? undefined : disk.bavail * disk.bsize;
  if (freeBytes === undefined || freeBytes >= sizeBytes + reserveBytes) return;
  const mib = (bytes: number) => `${Math.ceil(bytes / 1024 ** 2)} MiB`;
  throw new Problem("UNAVAILABLE", {
    detail: `The snapshot needs ${mib(sizeBytes + reserveBytes)}, and ${mib(freeBytes)} are free where Docker keeps its data. Nothing was changed.`,
    nextActions: ["Free some space there, or make a backup to another place instead."],
  });
}

export async function noteSnapshot(context: StepContext, serviceId: number, snapshot: Snapshot): Promise<void> {
  const { actor } = context;
  await changeSpec(context, { serviceId, actor }, (spec) => ({ ...spec, snapshot }));
}

/** What is not ours stays, and so does what is used: both are told. */
export async function removeSnapshot(
  context: Pick<StepContext, "docker" | "installation" | "say" | "signal">,
  serviceId: number,
  { volume, isAdopted }: Snapshot,
): Promise<void> {
  const { docker, signal } = context;
  try {
    if (isAdopted) await context.say(`The volume ${volume}, which Stave has not made, is left alone.`);
    else if (await docker.removeVolume({ name: volume, serviceId: dockerIdOf(context, serviceId), signal })) {
      await context.say(`The snapshot ${volume} is removed.`);
    }
  } catch (error) {
    if (!(error instanceof DockerServicesError) || error.code !== "Conflict") throw error;
    await context.say(`The snapshot ${volume} stays. ${error.message}`);
  }
}

/** The service lives on its snapshot from here on, and what it lived on is the snapshot. */
export async function exchangeSnapshot(context: StepContext, one: ReplacementData): Promise<void> {
  const { serviceId, restores, before } = one;
  if (restores === undefined || before?.volume === undefined) return;
  const { jobId, database, actor } = context;
  const { container } = await requireContainer(context, serviceId);
  if (container.volume !== restores.volume) {
    const change = { volume: restores.volume, isVolumeAdopted: restores.isAdopted };
    await database.as(actor).containers.change(serviceId, change);
  }
  await noteSnapshot(context, serviceId, {
    volume: before.volume,
    isAdopted: before.isAdopted || before.isVolumeAdopted,
    jobId,
    takenAt: context.now().toISOString(),
    image: before.image,
    ...(before.imageId !== undefined && { imageId: before.imageId }),
    ...(before.imageDigest !== undefined && { imageDigest: before.imageDigest }),
  });
  await context.say(`It runs on ${restores.volume} now. What was on ${before.volume} is its snapshot.`);
}

export async function exchangeBack(
  context: StepContext,
  { serviceId, restores, before }: ReplacementData,
): Promise<void> {
  if (restores === undefined || before?.volume === undefined) return;
  const change = { volume: before.volume, isVolumeAdopted: before.isVolumeAdopted };
  await context.database.as(context.actor).containers.change(serviceId, change);
  await noteSnapshot(context, serviceId, restores);
}
