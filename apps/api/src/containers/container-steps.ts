import { setTimeout as sleep } from "node:timers/promises";
import { ListBucketsCommand } from "@aws-sdk/client-s3";
import type { ContainerRecord, ServiceRecord } from "@stave/control-database";
import { DockerServicesError, type ResolvedImage, type ServiceContainer } from "@stave/docker-services";
import { Problem } from "../http/problem.ts";
import type { StepContext } from "../jobs/define-job.ts";
import { renderLinksOf } from "../jobs/render-link.ts";
import { describeS3Error } from "../services/describe-s3-error.ts";
import { createS3Client } from "../services/s3-client.ts";
import { serviceCredentials } from "../services/service-credentials.ts";
import { internalEndpoint } from "../services/service-endpoint.ts";
import { engineOfSpec, openSpec, secretsOf, specOf } from "./container-spec.ts";
import { orDockerProblem, redact } from "./docker-problem.ts";
import { dockerIdOf } from "./open-docker.ts";

/** Throws a {@link Problem} when it was removed meanwhile. */
export async function requireContainer(
  { database }: Pick<StepContext, "database">,
  serviceId: number,
): Promise<{ readonly service: ServiceRecord; readonly container: ContainerRecord }> {
  const { services, containers } = database.as("system");
  const [service, container] = await Promise.all([services.find(serviceId), containers.find(serviceId)]);
  if (service !== undefined && container !== undefined) return { service, container };
  throw new Problem("NOT_FOUND", { detail: "The service is gone, or runs in no container." });
}

const progressEveryMs = 500;

/** The image as it is on this machine, fetched if it is not. */
export async function provideImage(context: StepContext, image: string): Promise<ResolvedImage> {
  const { docker, signal } = context;
  try {
    return await docker.resolveImage(image, { signal });
  } catch (error) {
    if (!(error instanceof DockerServicesError) || error.code !== "ImageNotFound") {
      return await orDockerProblem(Promise.reject(error));
    }
  }
  return await fetchImage(context, image);
}

/** Asks the registry, also for what is here by that name. */
export async function fetchImage(context: StepContext, image: string): Promise<ResolvedImage> {
  const { docker, signal, progress } = context;
  await progress({ done: 0, message: `Pulling ${image}` });
  let [nextMs, told] = [0, Promise.resolve()];
  const onProgress = ({ receivedBytes, totalBytes }: { receivedBytes: number; totalBytes: number }) => {
    if (performance.now() < nextMs) return;
    nextMs = performance.now() + progressEveryMs;
    const total = totalBytes > 0 ? { total: totalBytes } : {};
    told = told.then(() => progress({ done: receivedBytes, ...total, message: `Pulling ${image}` })).catch(() => {});
  };
  const resolved = await orDockerProblem(docker.pull(image, { signal, onProgress }));
  await told;
  return resolved;
}

export type EnsureOptions = {
  /** Also when the volume that it had is gone, and with it all that was stored. */
  readonly mayBeEmpty: boolean;
};

/** The container of a service, running: found, or made from what is known of it. */
export async function ensureContainer(
  context: StepContext,
  serviceId: number,
  { mayBeEmpty }: EnsureOptions,
): Promise<ServiceContainer> {
  const { docker, signal } = context;
  const { service, container } = await requireContainer(context, serviceId);
  const spec = await specOf(context, service, container);
  const run = async (id: string): Promise<ServiceContainer> => {
    await docker.start(id, { signal });
    return await docker.inspect(id, { signal });
  };
  const work = async (): Promise<ServiceContainer> => {
    const existing = await findOwn(context, container);
    if (existing !== undefined && existing.state !== "created") return await run(existing.id);
    if (container.volume === undefined) throw new Problem("CONFLICT", noVolume);
    return await docker.create({ ...spec, isVolumeAdopted: container.isVolumeAdopted || !mayBeEmpty }, { signal });
  };
  try {
    return await orDockerProblem(work(), secretsOf(spec));
  } catch (error) {
    const { cause } = error as { readonly cause?: unknown };
    if (!(cause instanceof DockerServicesError) || cause.code !== "VolumeNotFound") throw error;
    throw new Problem("CONFLICT", {
      detail: `The volume ${spec.volumeName} is gone, and with it what ${service.name} had stored.`,
      nextActions: ["Restore a backup to a new service.", "Or start it with allow_empty_volume=true: it begins anew."],
      cause,
    });
  }
}

const noVolume = {
  detail: "Its container is gone, which was not made by Stave and had no volume of its own: it cannot be made again.",
  nextActions: ["Start such a container yourself and import it, then delete this service."],
};

/** The container of a service, whoever has made it. Undefined: there is none. */
export async function findOwn(
  context: Pick<StepContext, "docker" | "installation" | "signal">,
  { serviceId, containerId, isAdopted }: ContainerRecord,
): Promise<ServiceContainer | undefined> {
  const { docker, signal } = context;
  const [first, second] = await docker.list({ serviceId: dockerIdOf(context, serviceId), signal });
  if (second !== undefined) {
    const detail = "It has several containers: another container takes its place at this moment, or was left half way.";
    throw new Problem("CONFLICT", { detail });
  }
  if (first !== undefined || !isAdopted || containerId === undefined) return first;
  return await docker.inspect(containerId, { signal }).catch((error: unknown) => {
    if (error instanceof DockerServicesError && error.code === "ContainerNotFound") return undefined;
    throw error;
  });
}

/** Writes down which container it is, and where it is reached. */
export async function noteContainer(context: StepContext, serviceId: number, found: ServiceContainer): Promise<void> {
  const { containers, services } = context.database.as(context.actor);
  const { service, container } = await requireContainer(context, serviceId);
  const isAdopted = found.serviceId === undefined;
  const { api, console: consolePort } = found.ports;
  await containers.change(serviceId, {
    containerId: found.id,
    imageId: found.imageId,
    isAdopted,
    ...(!isAdopted && { apiPort: api ?? null, consolePort: consolePort ?? null }),
  });
  const endpoint = await endpointOf(context, { service, container }, found);
  if (endpoint === undefined || endpoint === service.endpoint) return;
  await services.change(serviceId, { endpoint });
  // Who has linked it must be told where it is now.
  await renderLinksOf(context, context.actor, serviceId);
}

/** Where this machine reaches S3. Of a container that Stave has not made only its row tells the port. */
export async function endpointOf(
  context: StepContext | Parameters<typeof openSpec>[0],
  { service, container }: { readonly service: ServiceRecord; readonly container: ContainerRecord },
  found: ServiceContainer,
): Promise<string | undefined> {
  if (found.serviceId !== undefined) return found.endpoint;
  if (container.apiPort !== undefined) return `http://127.0.0.1:${container.apiPort}`;
  const address = found.networks.find((network) => network.address !== undefined)?.address;
  const { ports } = engineOfSpec(service, await openSpec(context, container));
  return address === undefined ? undefined : `http://${address}:${ports.api}`;
}

/** Until the server answers. Throws a {@link Problem} with the last lines of its log. */
export async function awaitHealthy(context: StepContext, serviceId: number): Promise<void> {
  const { docker, signal } = context;
  const { service, container } = await requireContainer(context, serviceId);
  const spec = await specOf(context, service, container);
  const { health } = spec.engine;
  const asks = container.isAdopted
    ? { url: `${service.endpoint}${health.path}`, statuses: health.statuses ?? [200] }
    : {};
  await orDockerProblem(docker.waitHealthy(container.containerId ?? "", { signal, ...asks }), secretsOf(spec));
}

const keyPatienceMs = 15_000;
const keyPauseMs = 200;

/** Servers say that they are healthy before they know their keys, and with keys that are not theirs: a signed request tells. */
export async function tryRootKey(context: StepContext, serviceId: number, endpoint?: string): Promise<void> {
  const { service, container } = await requireContainer(context, serviceId);
  const credentials = await serviceCredentials(context, service);
  const { region } = service;
  const client = createS3Client({ endpoint: endpoint ?? internalEndpoint(context, service), region, credentials });
  const { signal } = context;
  try {
    for (const end = performance.now() + keyPatienceMs; ; await sleep(keyPauseMs, undefined, { signal })) {
      try {
        await client.send(new ListBucketsCommand({}), { abortSignal: signal });
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (performance.now() < end) continue;
        const secrets = secretsOf(await specOf(context, service, container));
        const detail = `The server runs, and refuses its root key. ${redact(describeS3Error(error).reason, secrets)}`;
        throw new Problem("UNPROCESSABLE", { detail, cause: error });
      }
    }
  } finally {
    client.destroy();
  }
}
