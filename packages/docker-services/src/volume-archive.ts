import { randomBytes } from "node:crypto";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { removeContainer } from "./change-state.ts";
import { DockerServicesError } from "./docker-services-error.ts";
import { type CallOptions, containerPath, segment } from "./engine-client.ts";
import type { EngineContext } from "./engine-context.ts";
import { labels } from "./labels.ts";
import { findVolume } from "./service-objects.ts";

export interface VolumeArchiveOptions extends CallOptions {
  readonly volumeName: string;
  readonly serviceId: string;
  /** Any image that is on this machine, such as that of the service: nothing of it is run. */
  readonly image: string;
}

export interface SaveVolumeOptions extends VolumeArchiveOptions {
  readonly to: Writable;
}

export interface RestoreVolumeOptions extends VolumeArchiveOptions {
  readonly from: Readable;
}

const mountPath = "/volume";

/**
 * Writes all that is in a volume as a tar archive, owners and all. Stop the service first, or it is a copy of something that
 * moved. Throws `VolumeNotFound`, `ImageNotFound`.
 */
export async function saveVolume(context: EngineContext, { to, ...options }: SaveVolumeOptions): Promise<void> {
  const { signal } = options;
  await withHelper(context, { ...options, isReadOnly: true }, async (id) => {
    const query = { path: `${mountPath}/.` };
    const stream = await context.client.stream("GET", `${containerPath(id)}/archive`, {
      query,
      ...(signal && { signal }),
    });
    await pipeline(stream, to, signal === undefined ? {} : { signal });
  });
}

/** Unpacks such an archive into a volume, over what is there. Use it while nothing runs on that. */
export async function restoreVolume(context: EngineContext, { from, ...options }: RestoreVolumeOptions): Promise<void> {
  const { signal } = options;
  await withHelper(context, { ...options, isReadOnly: false }, async (id) => {
    const call = { query: { path: mountPath }, upload: from, timeoutMs: restoreTimeoutMs, ...(signal && { signal }) };
    await context.client.request("PUT", `${containerPath(id)}/archive`, call);
  });
}

/** Docker answers after the last byte: this is the time for all of it. */
const restoreTimeoutMs = 24 * 3_600_000;

/** Bytes in a volume. Docker counts all volumes for it: ask rarely. Undefined: it is not known. Throws `VolumeNotFound`. */
export async function readVolumeSize(
  { client }: EngineContext,
  name: string,
  options: CallOptions = {},
): Promise<number | undefined> {
  type Usage = {
    readonly Volumes?: { readonly Name: string; readonly UsageData?: { readonly Size: number } | null }[] | null;
  };
  // Engines before 23 do not know `type`, and count everything.
  const usage = await client.request<Usage>("GET", "/system/df", {
    query: { type: "volume" },
    timeoutMs: 120_000,
    ...options,
  });
  const volume = usage.Volumes?.find(({ Name }) => Name === name);
  if (volume === undefined) throw new DockerServicesError("VolumeNotFound", `There is no volume ${name}.`);
  const size = volume.UsageData?.Size ?? -1;
  return size < 0 ? undefined : size;
}

/** A container is the only way into a volume that needs neither root nor a tool in the image. It is made and never started. */
async function withHelper(
  context: EngineContext,
  { volumeName, serviceId, image, isReadOnly, ...options }: VolumeArchiveOptions & { readonly isReadOnly: boolean },
  use: (id: string) => Promise<void>,
): Promise<void> {
  const call = options.signal === undefined ? {} : { signal: options.signal };
  // Docker would make one that is missing.
  if ((await findVolume(context, volumeName, call)) === undefined) {
    throw new DockerServicesError("VolumeNotFound", `There is no volume ${volumeName}.`);
  }
  const mount = { Type: "volume", Source: volumeName, Target: mountPath, ReadOnly: isReadOnly };
  const body = {
    Image: image,
    Cmd: ["-"],
    Labels: { [labels.helperOf]: serviceId },
    HostConfig: { NetworkMode: "none", Mounts: [{ ...mount, VolumeOptions: { NoCopy: true } }] },
  };
  const query = { name: `stave-helper-${segment(randomBytes(6).toString("hex"))}` };
  const { Id } = await context.client.request<{ Id: string }>("POST", "/containers/create", { query, body, ...call });
  try {
    await use(Id);
  } finally {
    await removeContainer(context, Id, { removeAnonymousVolumes: true });
  }
}
