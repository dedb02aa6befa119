import { DockerServicesError, type ResolvedImage, type ServiceSpec } from "@stave/docker-services";
import { Problem } from "../http/problem.ts";
import type { StepContext } from "../jobs/define-job.ts";
import type { ReplacementData } from "../jobs/replace-container.ts";
import { engineOfSpec, openSpec, pinnedImage, specOf } from "./container-spec.ts";
import { fetchImage, provideImage, requireContainer } from "./container-steps.ts";
import { orDockerProblem } from "./docker-problem.ts";
import { requireImageOf } from "./engine-of.ts";

/** Finds or fetches the image that is to be run, and looks at it: whatever is wrong with it costs nobody a second. */
export async function findTarget(context: StepContext, one: ReplacementData): Promise<Partial<ReplacementData>> {
  const { service, container } = await requireContainer(context, one.serviceId);
  const {
    image = container.image,
    imageId: wanted,
    imageDigest: wantedDigest,
  } = one.image === undefined ? container : one;
  requireImageOf(engineOfSpec(service, await openSpec(context, container)), image);
  const isUpgrade = one.reason === "upgrade";
  const { found, reference } = isUpgrade
    ? await findNew(context, image, one.isFetched)
    : await findKnown(context, { image, imageId: wanted, imageDigest: wantedDigest });
  if (isUpgrade && found.id === container.imageId) {
    throw new Problem("CONFLICT", {
      detail: `${service.name} runs this image already.`,
      nextActions: ["Ask with pull: true, if the registry has a newer one by this name."],
    });
  }
  const { id: imageId, digest, architecture } = found;
  const origin = digest === undefined ? "not from a registry" : `in its registry ${digest}`;
  await context.say(`The image ${image} is ${imageId} for ${architecture || "any machine"}, ${origin}.`);
  return { target: { image, imageId, reference, ...(digest !== undefined && { imageDigest: digest }) } };
}

type Found = { readonly found: ResolvedImage; readonly reference: string };

async function findNew(context: StepContext, image: string, isFetched: boolean): Promise<Found> {
  const found = await (isFetched ? fetchImage : provideImage)(context, image);
  const { digest } = found;
  return { found, reference: pinnedImage({ image, ...(digest !== undefined && { imageDigest: digest }) }) };
}

type Known = {
  readonly image: string;
  readonly imageId: string | undefined;
  readonly imageDigest: string | undefined;
};

/** An image that the service has run. Its name may be another one's by now; Docker keeps it under its id for as long as nobody prunes. */
async function findKnown(context: StepContext, { image, imageId, imageDigest }: Known): Promise<Found> {
  const { docker, signal } = context;
  const reference = pinnedImage({ image, ...(imageDigest !== undefined && { imageDigest }) });
  const byName = await orUndefined(docker.resolveImage(reference, { signal }));
  if (byName !== undefined && (imageId === undefined || byName.id === imageId)) return { found: byName, reference };
  if (imageId === undefined) return { found: await fetchImage(context, reference), reference };
  const byId = await orUndefined(docker.resolveImage(imageId, { signal }));
  if (byId !== undefined) return { found: { ...byId, digest: imageDigest }, reference: imageId };
  const fetched = imageDigest === undefined ? undefined : await fetchImage(context, reference);
  if (fetched?.id === imageId && fetched !== undefined) return { found: fetched, reference };
  throw new Problem("UNPROCESSABLE", {
    detail: `The image that ran as ${image} (${imageId}) is not on this machine any more, and no registry is known to have it.`,
    nextActions: ["Upgrade to an image that can be had."],
  });
}

async function orUndefined(looking: Promise<ResolvedImage>): Promise<ResolvedImage | undefined> {
  try {
    return await looking;
  } catch (error) {
    if (error instanceof DockerServicesError && error.code === "ImageNotFound") return undefined;
    return await orDockerProblem(Promise.reject(error));
  }
}

/** What the new container is made from, once its image is known. Never to be logged. */
export async function targetSpec(context: StepContext, one: ReplacementData): Promise<ServiceSpec> {
  const { target, ports } = one;
  if (target === undefined) throw new TypeError("Expected an image to have been found");
  const { service, container } = await requireContainer(context, one.serviceId);
  const { rotation } = await openSpec(context, container);
  const { apiPort, consolePort, ...rest } = container;
  const before = one.before ?? container;
  const [api, consoleAt] = [ports.api ?? before.apiPort, ports.console ?? before.consolePort];
  const spec = await specOf(context, service, {
    ...rest,
    ...(api !== undefined && { apiPort: api }),
    ...(consoleAt !== undefined && { consolePort: consoleAt }),
  });
  return {
    ...spec,
    image: target.reference,
    // Its volume is there, or something is wrong: an empty one would look like lost data.
    isVolumeAdopted: true,
    ...(one.restores !== undefined && { volumeName: one.restores.volume }),
    ...(rotation !== undefined && { credentials: rotation.next }),
  };
}
