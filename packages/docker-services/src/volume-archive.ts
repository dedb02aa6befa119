import { randomBytes } from "node:crypto";
import { type Readable, Transform, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { removeContainer } from "./change-state.ts";
import { DockerServicesError } from "./docker-services-error.ts";
import { type CallOptions, containerPath, segment } from "./engine-client.ts";
import type { EngineContext } from "./engine-context.ts";
import { labelFilter, labels } from "./labels.ts";
import { findVolume, removeVolume } from "./service-objects.ts";

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
export async function saveVolume(context: EngineContext, options: SaveVolumeOptions): Promise<void> {
  await readArchive(context, `${mountPath}/.`, options);
}

async function readArchive(context: EngineContext, path: string, { to, ...options }: SaveVolumeOptions): Promise<void> {
  const { signal } = options;
  await withHelper(context, { ...options, isReadOnly: true }, async (id) => {
    const query = { path };
    const stream = await context.client.stream("GET", `${containerPath(id)}/archive`, {
      query,
      ...(signal && { signal }),
    });
    await pipeline(stream, to, signal === undefined ? {} : { signal });
  });
}

/** Unpacks such an archive into a volume, over what is there. Use it while nothing runs on that. */
export async function restoreVolume(context: EngineContext, options: RestoreVolumeOptions): Promise<void> {
  await writeArchive(context, mountPath, options);
}

async function writeArchive(
  context: EngineContext,
  path: string,
  { from, ...options }: RestoreVolumeOptions,
): Promise<void> {
  const { signal } = options;
  await withHelper(context, { ...options, isReadOnly: false }, async (id) => {
    const call = { query: { path }, upload: from, timeoutMs: restoreTimeoutMs, ...(signal && { signal }) };
    await context.client.request("PUT", `${containerPath(id)}/archive`, call);
  });
}

export interface CopyVolumeOptions extends VolumeArchiveOptions {
  /** Name of the copy. What an earlier try has left of it is removed first. */
  readonly copyName: string;
}

/**
 * Makes a second volume of a service with all that is in the first, owners and all. Stop the service first. What it could not make whole is removed again.
 * Throws `VolumeNotFound`, `ImageNotFound`, `DiskFull`, and `Conflict` for a name that is somebody else's, or in use.
 */
export async function copyVolume(context: EngineContext, { copyName, ...from }: CopyVolumeOptions): Promise<void> {
  const { serviceId, signal } = from;
  const call = signal === undefined ? {} : { signal };
  await removeHelpers(context, serviceId, call);
  await removeOwnVolume(context, { name: copyName, serviceId, ...call });
  const Labels = { [labels.service]: serviceId };
  await context.client.request("POST", "/volumes/create", {
    body: { Name: copyName, Driver: "local", Labels },
    ...call,
  });
  try {
    const written = await pipeVolume(context, from, copyName);
    const read = createArchiveMeter();
    read.resume(); // only its length is of interest
    await readArchive(context, mountPath, { ...from, volumeName: copyName, to: read });
    if (read.bytes() === written) return;
    const text = `The copy of ${from.volumeName} is not whole: its archive has ${read.bytes()} bytes, and not ${written}.`;
    throw new DockerServicesError("DockerFailed", text);
  } catch (error) {
    await removeHelpers(context, serviceId, {});
    await removeOwnVolume(context, { name: copyName, serviceId });
    throw error;
  }
}

/** Bytes of the archive that went over. When one side fails the other one is ended: a stream that only ended would be a volume that only ended. */
async function pipeVolume(context: EngineContext, from: VolumeArchiveOptions, copyName: string): Promise<number> {
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, ...(from.signal === undefined ? [] : [from.signal])]);
  const orEnd = async (work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      if (!signal.aborted) ended.abort(error);
      throw error;
    }
  };
  const between = createArchiveMeter();
  await Promise.allSettled([
    // With the folder itself: the server may be nobody, who could not write into one of root.
    orEnd(readArchive(context, mountPath, { ...from, signal, to: between })),
    orEnd(writeArchive(context, "/", { ...from, signal, volumeName: copyName, from: between })),
  ]);
  signal.throwIfAborted();
  return between.bytes();
}

/** Counts what goes through. */
function createArchiveMeter() {
  let bytes = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  return Object.assign(meter, { bytes: () => bytes });
}

/** What was there when a process ended in the middle of a copy holds the volumes. */
async function removeHelpers(context: EngineContext, serviceId: string, options: CallOptions): Promise<void> {
  const query = { all: "1", ...labelFilter(labels.helperOf, serviceId) };
  const found = await context.client.request<{ Id: string }[]>("GET", "/containers/json", { query, ...options });
  for (const { Id } of found) await removeContainer(context, Id, { removeAnonymousVolumes: true, ...options });
}

/** A volume of a service that nothing uses, such as a copy. False: there is none. Throws `Conflict` for what is somebody else's, or in use. */
export async function removeOwnVolume(
  context: EngineContext,
  { name, serviceId, ...options }: CallOptions & { readonly name: string; readonly serviceId: string },
): Promise<boolean> {
  const found = await findVolume(context, name, options);
  if (found === undefined) return false;
  if (found.Labels?.[labels.service] !== serviceId) {
    throw new DockerServicesError("Conflict", `The volume ${name} belongs to somebody else.`);
  }
  if (await removeVolume(context, name, options)) return true;
  throw new DockerServicesError("Conflict", `The volume ${name} is in use.`);
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
