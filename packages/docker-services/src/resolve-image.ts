import { DockerServicesError } from "./docker-services-error.ts";
import type { CallOptions } from "./engine-client.ts";
import type { EngineContext } from "./engine-context.ts";
import { formatImageReference, parseImageReference } from "./image-reference.ts";

/** An image that is on this machine. */
export interface ResolvedImage {
  readonly reference: string;
  /** `sha256:…` of its configuration: what containers say they run. */
  readonly id: string;
  /** Of the manifest in the registry that the reference names, to be pinned by. Undefined for what has not come from there. */
  readonly digest: string | undefined;
  readonly architecture: string;
  readonly createdAt: Date | undefined;
  readonly sizeBytes: number;
}

type InspectedImage = {
  readonly Id: string;
  readonly RepoDigests: readonly string[] | null;
  readonly Architecture: string;
  readonly Created?: string;
  readonly Size: number;
};

/** Looks an image up without any registry. Throws `ImageNotFound`, and `ImageWrongArchitecture` for what could not run here. */
export async function resolveImage(
  context: EngineContext,
  text: string,
  options: CallOptions = {},
): Promise<ResolvedImage> {
  const reference = parseImageReference(text);
  const path = `/images/${formatImageReference(reference)}/json`;
  const [image, host] = await Promise.all([
    context.client.request<InspectedImage>("GET", path, options),
    context.host(),
  ]);
  if (!runsOn(host.architecture, image.Architecture)) {
    const message = `${text} is for ${image.Architecture}, and this machine is ${host.architecture}: take another image.`;
    throw new DockerServicesError("ImageWrongArchitecture", message);
  }
  const digests = (image.RepoDigests ?? []).map((it) => it.split("@"));
  const short = reference.repository.replace(/^(?:docker\.io\/)?(?:library\/)?/, "");
  const found = digests.find(([repository]) => repository === reference.repository || repository === short);
  return {
    reference: formatImageReference(reference),
    id: image.Id,
    digest: found?.[1],
    architecture: image.Architecture,
    createdAt: image.Created === undefined ? undefined : new Date(image.Created),
    sizeBytes: image.Size,
  };
}

function runsOn(host: string, image: string): boolean {
  // Images that were imported may say nothing.
  return image === "" || image === host || (host === "amd64" && image === "386");
}
