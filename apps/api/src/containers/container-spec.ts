import { hash } from "node:crypto";
import { z } from "@stave/api-contract";
import { type ContainerRecord, ControlDatabaseError, type ServiceRecord } from "@stave/control-database";
import type { Engine, ServiceSpec } from "@stave/docker-services";
import type { ResourceLimits } from "@stave/resource-limits";
import type { ApiContext } from "../context.ts";
import { type Credentials, serviceCredentials } from "../services/service-credentials.ts";
import { knownEngine } from "./engine-of.ts";
import { dockerIdOf } from "./open-docker.ts";

export const snapshotSchema = z.strictObject({
  volume: z.string(),
  /** Stave has not made that volume: it never removes it by itself. */
  isAdopted: z.boolean(),
  jobId: z.string(),
  takenAt: z.iso.datetime(),
  /** What has run on it. */
  image: z.string(),
  imageId: z.string().optional(),
  imageDigest: z.string().optional(),
  sizeBytes: z.int().optional(),
});

export type Snapshot = z.output<typeof snapshotSchema>;

/** What is kept of a container beside its row, sealed: variables are secrets. */
export type StoredSpec = {
  /** Of a custom image. Others are what this version knows of them. */
  readonly engine?: Engine;
  /** Beside those of the engine. */
  readonly environment: Readonly<Record<string, string>>;
  /** As they were configured. */
  readonly limits: ResourceLimits;
  /** What the volume was before the last upgrade, or what it was before that snapshot was restored. */
  readonly snapshot?: Snapshot;
  /** While its root key is changed: it goes on to work with one of them, whatever happens. */
  readonly rotation?: { readonly previous: Credentials; readonly next: Credentials };
};

export async function sealSpec(context: ApiContext, serviceId: number, spec: StoredSpec): Promise<string> {
  const { containers } = context.database.as("system");
  return await context.vault.seal(JSON.stringify(spec), containers.contextOf(serviceId));
}

export async function openSpec(
  context: ApiContext,
  { serviceId, specEnvelope }: Pick<ContainerRecord, "serviceId" | "specEnvelope">,
): Promise<StoredSpec> {
  const { containers } = context.database.as("system");
  return JSON.parse(await context.vault.open(specEnvelope, containers.contextOf(serviceId))) as StoredSpec;
}

const maxTries = 5;

/** Whoever changes something else of it at the same time is not overwritten. What is gone is no error. */
export async function changeSpec(
  context: ApiContext,
  { serviceId, actor }: { readonly serviceId: number; readonly actor: string },
  change: (spec: StoredSpec) => StoredSpec,
): Promise<void> {
  const { containers } = context.database.as(actor);
  for (let tries = 1; ; tries += 1) {
    const container = await containers.find(serviceId);
    if (container === undefined) return;
    const specEnvelope = await sealSpec(context, serviceId, change(await openSpec(context, container)));
    try {
      await containers.change(serviceId, { specEnvelope }, { ifSpecEnvelope: container.specEnvelope });
      return;
    } catch (error) {
      const isChanged = error instanceof ControlDatabaseError && error.code === "ServiceChanged";
      if (!isChanged || tries === maxTries) throw error;
    }
  }
}

export function engineOfSpec(service: Pick<ServiceRecord, "engine" | "name">, { engine }: StoredSpec): Engine {
  const found = knownEngine(service) ?? engine;
  if (found === undefined) throw new Error(`Expected the engine of ${service.name} to be stored with it`);
  return found;
}

/** What the container of a service is made from. Never to be logged. */
export async function specOf(
  context: ApiContext,
  service: ServiceRecord,
  container: ContainerRecord,
): Promise<ServiceSpec> {
  const stored = await openSpec(context, container);
  const { volume, apiPort, consolePort, publish } = container;
  return {
    id: dockerIdOf(context, service.id),
    name: nameInDocker(service),
    engine: engineOfSpec(service, stored),
    image: pinnedImage(container),
    credentials: await serviceCredentials(context, service),
    region: service.region,
    environment: stored.environment,
    limits: stored.limits,
    publish,
    ...(publish === "loopback" && {
      ports: {
        ...(apiPort !== undefined && { api: apiPort }),
        ...(consolePort !== undefined && { console: consolePort }),
      },
    }),
    containerName: container.containerName,
    networkName: container.network,
    ...(volume !== undefined && { volumeName: volume }),
    isVolumeAdopted: container.isVolumeAdopted,
  };
}

/** Texts that nobody may be shown, wherever they turn up. */
export function secretsOf({ credentials, environment = {} }: ServiceSpec): readonly string[] {
  return [credentials.secretAccessKey, ...Object.values(environment)];
}

/** By its digest, where it came from a registry: the tag may be another image by now. */
export function pinnedImage({ image, imageDigest }: Pick<ContainerRecord, "image" | "imageDigest">): string {
  return imageDigest === undefined || image.includes("@") ? image : `${image}@${imageDigest}`;
}

const longest = 40;

/** The slug, in at most 40 characters that are no other slug's. */
export function nameInDocker({ slug }: Pick<ServiceRecord, "slug">): string {
  if (slug.length <= longest) return slug;
  const suffix = `-${hash("sha256", slug).slice(0, 8)}`;
  return slug.slice(0, longest - suffix.length).replace(/-+$/, "") + suffix;
}
