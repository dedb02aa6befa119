import { z } from "@stave/api-contract";
import { awaitBackup, beginBackup } from "../containers/backup-before.ts";
import { secretsOf, snapshotSchema } from "../containers/container-spec.ts";
import { requireContainer } from "../containers/container-steps.ts";
import { orDockerProblem } from "../containers/docker-problem.ts";
import { goBack } from "../containers/go-back.ts";
import { takeNote, takeNoteBack } from "../containers/note-replacement.ts";
import { opensServer, probeBucket, probeServer } from "../containers/probe-server.ts";
import { findTarget, targetSpec } from "../containers/replacement-target.ts";
import { beginRotation, endRotation, readRotation } from "../containers/rotation.ts";
import { takeSnapshot } from "../containers/snapshot.ts";
import { Problem } from "../http/problem.ts";
import { staleLinksOf } from "../links/stale-links.ts";
import { defineJob, type StepContext } from "./define-job.ts";
import { renderLinksOf } from "./render-link.ts";

const image = z.strictObject({ image: z.string(), imageId: z.string(), imageDigest: z.string().optional() });

const data = z.strictObject({
  serviceId: z.int(),
  reason: z.enum(["upgrade", "rollback", "rotate", "change"]),
  fromStatus: z.enum(["running", "stopped", "failed"]),
  fromReason: z.string().optional(),
  healthTimeoutMs: z.int().default(60_000),
  /** As it is asked for; without one it is the same image again. */
  image: z.string().optional(),
  /** Of the version to go back to: no other one will do, whatever the name stands for by now. */
  imageId: z.string().optional(),
  imageDigest: z.string().optional(),
  /** Whether the registry is asked although an image of this name is here. */
  isFetched: z.boolean().default(false),
  /** What is not named stays. */
  ports: z.strictObject({ api: z.int().optional(), console: z.int().optional() }).default({}),
  /** Whether the volume is copied while nothing runs on it. */
  snapshot: z.boolean().default(false),
  /** To run on this one instead. */
  restores: snapshotSchema.optional(),
  /** Made before anybody notices anything. */
  backup: z.strictObject({ destinationId: z.string(), withVersions: z.boolean() }).optional(),
  backupId: z.string().optional(),
  /** And by which name Docker is sure to take this one. */
  target: image.extend({ reference: z.string() }).optional(),
  before: image
    .partial({ imageId: true })
    .extend({
      containerId: z.string(),
      isAdopted: z.boolean(),
      isVolumeAdopted: z.boolean(),
      volume: z.string().optional(),
      apiPort: z.int().optional(),
      consolePort: z.int().optional(),
      endpoint: z.string().optional(),
    })
    .optional(),
  replacement: z.strictObject({ oldId: z.string(), newId: z.string(), name: z.string() }).optional(),
  accessKeyId: z.string().optional(),
  previousAccessKeyId: z.string().optional(),
  previousKeyWorks: z.boolean().optional(),
  isFinished: z.boolean().optional(),
  staleLinks: z.array(z.string()).optional(),
});

export type ReplacementData = z.output<typeof data>;
export type NewReplacement = z.input<typeof data>;

/**
 * Puts another container in the place of the one that a service runs in, on the same volume: for another image, other ports, another root key. The
 * old one comes back unless the new one is healthy and serves S3, whenever that is found out and by whichever process.
 */
export const replaceContainerJob = defineJob<ReplacementData>({
  type: "service:replace-container",
  data: data as z.ZodType<ReplacementData>,
  steps: [
    { name: "image", run: findTarget },
    {
      name: "key",
      run: async (context, one) => (one.reason === "rotate" ? await beginRotation(context, one.serviceId) : {}),
      undo: (context, { serviceId }) => endRotation(context, serviceId),
    },
    { name: "backup", run: beginBackup },
    { name: "backed-up", run: awaitBackup },
    { name: "prepare", run: prepare, undo: goBack },
    { name: "snapshot", run: takeSnapshot },
    { name: "switch", run: switchContainers },
    { name: "healthy", run: awaitNew },
    { name: "probe", run: probe },
    { name: "note", run: takeNote, undo: takeNoteBack },
    { name: "finish", run: finish },
    { name: "settle", run: settle },
  ],
  result: ({
    serviceId,
    target,
    before,
    backupId,
    accessKeyId,
    previousAccessKeyId,
    previousKeyWorks,
    staleLinks,
  }) => ({
    serviceId,
    image: target?.image,
    imageId: target?.imageId,
    imageDigest: target?.imageDigest ?? null,
    previousImage: before?.image,
    previousImageId: before?.imageId,
    ...(backupId !== undefined && { backupId }),
    ...(accessKeyId !== undefined && { accessKeyId, previousAccessKeyId, previousKeyWorks, staleLinks }),
  }),
});

async function prepare(context: StepContext, one: ReplacementData): Promise<Partial<ReplacementData>> {
  const { docker, signal } = context;
  const { service, container } = await requireContainer(context, one.serviceId);
  const { containerId, image, imageId, imageDigest, isAdopted, isVolumeAdopted, apiPort, consolePort } = container;
  if (containerId === undefined) throw new Problem("CONFLICT", startFirst);
  if (container.volume === undefined) throw new Problem("CONFLICT", noVolume);
  const spec = await targetSpec(context, one);
  const secrets = secretsOf(spec);
  const options = { containerId, signal, isOnAnotherVolume: one.restores !== undefined };
  const replacement = await orDockerProblem(docker.prepareReplacement(spec, options), secrets);
  await context.say(`${replacement.name} has a new container, made beside the old one, which serves.`);
  const before = {
    image,
    containerId,
    isAdopted,
    isVolumeAdopted,
    volume: container.volume,
    ...(imageId !== undefined && { imageId }),
    ...(imageDigest !== undefined && { imageDigest }),
    ...(apiPort !== undefined && { apiPort }),
    ...(consolePort !== undefined && { consolePort }),
    ...(service.endpoint !== undefined && { endpoint: service.endpoint }),
  };
  return { replacement: { ...replacement }, before };
}

async function switchContainers(context: StepContext, one: ReplacementData): Promise<void> {
  const { docker, signal, database, actor } = context;
  const replacement = required(one.replacement);
  const what = one.reason === "rotate" ? "It gets a new root key." : `It gets the image ${one.target?.image}.`;
  await database.as(actor).services.change(one.serviceId, { status: "upgrading", statusReason: what });
  await context.progress({ done: 1, total: 4, message: "Stopping the old container, starting the new one" });
  const secrets = secretsOf(await targetSpec(context, one));
  await orDockerProblem(docker.switchReplacement(replacement, { signal }), secrets);
  await context.say("The old container is stopped, the new one is started.");
}

async function awaitNew(context: StepContext, one: ReplacementData): Promise<void> {
  const { docker, signal } = context;
  await context.progress({ done: 2, total: 4, message: "Waiting until the new container answers" });
  const options = { signal, timeoutMs: one.healthTimeoutMs };
  const secrets = secretsOf(await targetSpec(context, one));
  await orDockerProblem(docker.waitHealthy(required(one.replacement).newId, options), secrets);
  await context.say("The new container says that it is healthy.");
}

async function probe(context: StepContext, one: ReplacementData): Promise<Partial<ReplacementData>> {
  const { docker, signal } = context;
  await context.progress({ done: 3, total: 4, message: "Writing and reading through S3" });
  const { service } = await requireContainer(context, one.serviceId);
  const { credentials } = await targetSpec(context, one);
  const { endpoint } = await orDockerProblem(docker.inspect(required(one.replacement).newId, { signal }));
  if (endpoint === undefined) throw new Problem("UNPROCESSABLE", { detail: "The new container has no address." });
  await probeServer({ service, endpoint, credentials, bucket: probeBucket(context), signal });
  await context.say("Something was written, read and removed through S3 with the root key.");
  const rotation = await readRotation(context, one.serviceId);
  if (rotation === undefined) return {};
  const previousKeyWorks = await opensServer({ service, endpoint, credentials: rotation.previous, signal });
  await context.say(
    previousKeyWorks ? "The old root key still works: the server keeps it." : "The old root key is refused.",
  );
  return { previousKeyWorks };
}

async function finish(context: StepContext, { replacement }: ReplacementData): Promise<Partial<ReplacementData>> {
  const { docker, signal } = context;
  await orDockerProblem(docker.finishReplacement(required(replacement), { signal }));
  await context.say("The old container is removed.");
  return { isFinished: true };
}

/** There is no way back from here: what goes wrong is written down, and is no reason to begin again. */
async function settle(context: StepContext, one: ReplacementData): Promise<Partial<ReplacementData>> {
  const { docker, database, actor, signal } = context;
  const { serviceId, fromStatus, fromReason } = one;
  const { services } = database.as(actor);
  await endRotation(context, serviceId);
  if (fromStatus === "stopped") {
    const stopping = docker.stop(required(one.replacement).newId, { signal });
    const outcome = await stopping.then(
      () => "It was stopped before, and is again.",
      () => "It was stopped before, and could not be stopped again: stop it.",
    );
    signal.throwIfAborted();
    await context.say(outcome);
  }
  const status = fromStatus === "stopped" ? "stopped" : "running";
  await services.change(serviceId, { status, statusReason: (status === "stopped" ? fromReason : undefined) ?? null });
  const service = await services.find(serviceId);
  if (one.accessKeyId !== undefined || service?.endpoint !== one.before?.endpoint) {
    await renderLinksOf(context, actor, serviceId);
  }
  await context.progress({ done: 4, total: 4, message: "Done" });
  if (one.accessKeyId === undefined) return {};
  const stale = await staleLinksOf(context, serviceId);
  return { staleLinks: stale.map(({ link_id: id }) => id) };
}

const startFirst = {
  detail: "There is no container to replace.",
  nextActions: ["Start the service: its container is made again on its volume. Then ask again."],
};

const noVolume = {
  detail: "Its data is in no volume of its own: a new container would have nothing of it.",
  nextActions: ["Migrate the service to another one."],
};

function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new TypeError("Expected an earlier step to have found it");
  return value;
}
