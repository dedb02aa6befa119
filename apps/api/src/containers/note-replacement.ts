import type { StepContext } from "../jobs/define-job.ts";
import type { ReplacementData } from "../jobs/replace-container.ts";
import type { Credentials } from "../services/service-credentials.ts";
import { noteContainer, requireContainer } from "./container-steps.ts";
import { orDockerProblem } from "./docker-problem.ts";
import { readRotation } from "./rotation.ts";
import { exchangeBack, exchangeSnapshot } from "./snapshot.ts";

/** From here on the new container is what is known of the service. */
export async function takeNote(context: StepContext, one: ReplacementData): Promise<void> {
  const { serviceId, target, replacement, before } = one;
  if (target === undefined || replacement === undefined || before === undefined) {
    throw new TypeError("Expected a new container");
  }
  const { docker, database, actor, signal, jobId } = context;
  const { services, containers, serviceVersions } = database.as(actor);
  const { image, imageId, imageDigest = null } = target;
  const found = await orDockerProblem(docker.inspect(replacement.newId, { signal }));
  // What was adopted is ours by now; its volume is not.
  const isVolumeAdopted = before.isAdopted || before.isVolumeAdopted;
  await containers.change(serviceId, { image, imageId, imageDigest, isVolumeAdopted });
  await exchangeSnapshot(context, one);
  await noteContainer(context, serviceId, found);
  const { service } = await requireContainer(context, serviceId);
  if (service.version !== image) await services.change(serviceId, { version: image });
  const rotation = await readRotation(context, serviceId);
  if (rotation !== undefined) await useKey(context, serviceId, rotation.next);
  if (one.reason === "rotate" || imageId === before.imageId) return;
  if ((await serviceVersions.list(serviceId)).length === 0) {
    const { image: first, imageId: firstId, imageDigest: firstDigest } = before;
    await serviceVersions.add(serviceId, {
      image: first,
      ...(firstId !== undefined && { imageId: firstId }),
      ...(firstDigest !== undefined && { imageDigest: firstDigest }),
      reason: "created",
      since: service.createdAt,
    });
  }
  const reason = one.reason === "rollback" ? "rolled-back" : "upgraded";
  await serviceVersions.add(serviceId, {
    image,
    imageId,
    ...(imageDigest !== null && { imageDigest }),
    reason,
    jobId,
    since: context.now(),
  });
}

export async function takeNoteBack(context: StepContext, one: ReplacementData): Promise<void> {
  const { serviceId, before, isFinished } = one;
  if (before === undefined || isFinished === true) return;
  const { services, containers, serviceVersions } = context.database.as(context.actor);
  const { image, imageId = null, imageDigest = null, containerId, isAdopted, isVolumeAdopted, endpoint } = before;
  await serviceVersions.removeOfJob(context.jobId);
  const { apiPort = null, consolePort = null } = before;
  const ports = { apiPort, consolePort };
  await containers.change(serviceId, {
    ...{ image, imageId, imageDigest, containerId, isAdopted, isVolumeAdopted },
    ...ports,
  });
  await exchangeBack(context, one);
  await services.change(serviceId, { version: image, ...(endpoint !== undefined && { endpoint }) });
  const rotation = await readRotation(context, serviceId);
  if (rotation !== undefined) await useKey(context, serviceId, rotation.previous);
}

async function useKey(
  { database, vault, actor }: StepContext,
  serviceId: number,
  { accessKeyId, secretAccessKey }: Credentials,
): Promise<void> {
  const { services } = database.as(actor);
  const service = await services.find(serviceId);
  if (service === undefined || service.accessKeyId === accessKeyId) return;
  const secretEnvelope = await vault.seal(secretAccessKey, services.contextOf(serviceId));
  await services.change(serviceId, { accessKeyId, secretEnvelope });
}
