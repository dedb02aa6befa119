import { DockerServicesError, hasCode } from "./docker-services-error.ts";
import type { CallOptions } from "./engine-client.ts";
import type { EngineContext } from "./engine-context.ts";
import { formatImageReference, parseImageReference } from "./image-reference.ts";
import { readJsonLines } from "./json-lines.ts";
import { readEngineMessage } from "./read-engine-error.ts";
import { type ResolvedImage, resolveImage } from "./resolve-image.ts";

export interface PullProgress {
  /** Of the layers whose size is known by now: both grow. */
  readonly receivedBytes: number;
  readonly totalBytes: number;
  /** Docker's own words for what goes on. */
  readonly status: string;
}

export interface PullOptions extends CallOptions {
  readonly onProgress?: (progress: PullProgress) => void;
  readonly registryAuth?: { readonly username: string; readonly password: string };
  /** Docker tries for 75 s to reach a registry that went away, and says something every second. @default 120_000 */
  readonly silenceMs?: number;
}

/**
 * Fetches an image from its registry. The digest in the result is what to pin.
 *
 * Throws `ImageNotFound`, `ImageWrongArchitecture`, `DiskFull`, or `PullFailed` for a registry that cannot be reached or fails midway.
 */
export async function pullImage(
  context: EngineContext,
  text: string,
  options: PullOptions = {},
): Promise<ResolvedImage> {
  const { onProgress, registryAuth, silenceMs = 120_000, signal } = options;
  const { repository, tag, digest } = parseImageReference(text);
  const query = { fromImage: repository, tag: digest ?? tag ?? "latest" };
  const call = { query, timeoutMs: silenceMs, ...(signal && { signal }), ...(registryAuth && { registryAuth }) };
  const reference = formatImageReference({ repository, ...(digest ? { digest } : tag ? { tag } : {}) });
  try {
    const stream = await context.client.stream("POST", "/images/create", call);
    const silence = setTimeout(() => stream.destroy(new Error(`nothing for ${silenceMs / 1000} s`)), silenceMs);
    const layers: Layers = new Map();
    try {
      for await (const line of readJsonLines<PullLine>(stream)) {
        silence.refresh();
        const status = readLine(line, layers);
        onProgress?.({ ...sum(layers), status });
      }
    } finally {
      clearTimeout(silence);
      stream.destroy();
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (hasCode(error, "DiskFull", "DockerUnreachable", "ImageNotFound", "ImageWrongArchitecture")) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DockerServicesError("PullFailed", `${text} could not be pulled. ${reason}`, { cause: error });
  }
  return resolveImage(context, reference, signal && { signal });
}

type PullLine = {
  readonly id?: string;
  readonly status?: string;
  readonly error?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
};

type Layers = Map<string, { readonly current: number; readonly total: number }>;

/** Failures come inside a stream that began with 200. */
function readLine({ id, status = "", error, progressDetail }: PullLine, layers: Layers): string {
  if (error !== undefined) throw readEngineMessage(error);
  const { current, total } = progressDetail ?? {};
  const known = id === undefined ? undefined : layers.get(id);
  if (id !== undefined && status === "Downloading" && current !== undefined && total !== undefined) {
    layers.set(id, { current, total });
  }
  if (id !== undefined && known !== undefined && status === "Download complete") {
    layers.set(id, { ...known, current: known.total });
  }
  return id === undefined ? status : `${id}: ${status}`;
}

function sum(layers: Layers) {
  let [receivedBytes, totalBytes] = [0, 0];
  for (const { current, total } of layers.values()) {
    receivedBytes += current;
    totalBytes += total;
  }
  return { receivedBytes, totalBytes };
}
