import { removeContainer, renameContainer, setRestartPolicy, startContainer, stopContainer } from "./change-state.ts";
import { checkLimitsOf, createContainer, portsFor, removeOwn } from "./create-service.ts";
import { DockerServicesError } from "./docker-services-error.ts";
import type { CallOptions } from "./engine-client.ts";
import type { EngineContext } from "./engine-context.ts";
import { labels } from "./labels.ts";
import { resolveImage } from "./resolve-image.ts";
import { findContainer, inspectContainer, listContainers, type ServiceContainer } from "./service-container.ts";
import { ensureNetwork, ensureVolume } from "./service-objects.ts";
import { type CompleteSpec, completeSpec, hashSpec, type ServiceSpec } from "./service-spec.ts";

/** Two containers of which one takes the place of the other. All that is needed to go on with it in another process. */
export interface Replacement {
  readonly oldId: string;
  readonly newId: string;
  /** Of the one that serves. While it takes place the others are called `NAME-next`, `NAME-old`, `NAME-failed`. */
  readonly name: string;
}

export interface PrepareOptions extends CallOptions {
  /** The one to replace; also one that this package has not made, which is so adopted. */
  readonly containerId: string;
  /** On purpose: the volume of the spec has to be there, and that of the old container stays, for the way back. @default false */
  readonly isOnAnotherVolume?: boolean;
}

/**
 * Makes the new container beside the old one, which goes on serving: whatever is wrong with the image or the spec shows here, with
 * nobody the wiser. Without other wishes it takes over the ports. Called again it finds what it has made.
 */
export async function prepareReplacement(
  context: EngineContext,
  spec: ServiceSpec,
  { containerId, isOnAnotherVolume = false, ...options }: PrepareOptions,
): Promise<Replacement> {
  const old = await inspectContainer(context, containerId, options);
  const earlier = (await listContainers(context, { serviceId: spec.id, ...options })).find(
    (it) => it.labels[labels.replaces] === old.id,
  );
  // By now the old one may have been put aside.
  const name = earlier?.labels[labels.name] ?? old.name;
  const complete = completeSpec({ ...spec, containerName: name });
  if (!isOnAnotherVolume) checkVolume(old, complete);
  const image = await resolveImage(context, complete.image, options);
  if (earlier?.labels[labels.spec] === hashSpec(complete) && earlier.imageId === image.id) {
    return { oldId: old.id, newId: earlier.id, name };
  }
  if (earlier !== undefined && (earlier.state !== "created" || old.name !== name)) {
    throw new DockerServicesError("Conflict", `${name} is being replaced already: finish that or roll it back.`);
  }
  if (earlier !== undefined) await removeOwn(context, earlier.id, options);
  await checkLimitsOf(context, complete);
  await ensureNetwork(context, complete, options);
  await ensureVolume(context, complete, options);
  const newId = await createContainer(context, complete, {
    ports: await portsFor(context, withPortsOf(old, complete), { avoided: new Set(), except: old.id, ...options }),
    name: `${name}-next`,
    extraLabels: {
      [labels.replaces]: old.id,
      [labels.replacedPolicy]: old.restartPolicy,
      [labels.replacedState]: old.state,
    },
    ...options,
  });
  return { oldId: old.id, newId, name };
}

/** Stops the old container, puts it aside, and starts the new one under its name. From here on nobody serves until that is healthy. */
export async function switchReplacement(
  context: EngineContext,
  { oldId, newId, name }: Replacement,
  options: CallOptions = {},
): Promise<void> {
  const old = await inspectContainer(context, oldId, options);
  await setRestartPolicy(context, { id: oldId, policy: "no" }, options);
  await stopContainer(context, oldId, options);
  if (old.name !== `${name}-old`) await renameContainer(context, { id: oldId, name: `${name}-old` }, options);
  const next = await inspectContainer(context, newId, options);
  if (next.name !== name) await renameContainer(context, { id: newId, name }, options);
  await startContainer(context, newId, options);
}

/** Removes the old container; its volume stays, of course. There is no way back after it. Throws `Conflict` unless the new one runs. */
export async function finishReplacement(
  context: EngineContext,
  { oldId, newId, name }: Replacement,
  options: CallOptions = {},
): Promise<ServiceContainer> {
  const next = await inspectContainer(context, newId, options);
  if (next.state !== "running" || next.name !== name) {
    throw new DockerServicesError("Conflict", `The new container of ${name} is ${next.state}: the old one is kept.`);
  }
  const old = await findContainer(context, oldId, options);
  await removeContainer(context, oldId, { removeAnonymousVolumes: old?.serviceId !== undefined, ...options });
  return next;
}

/** Puts everything back as it was, from any step on, and removes the new container last. May be called again. */
export async function rollbackReplacement(
  context: EngineContext,
  { oldId, newId, name }: Replacement,
  options: CallOptions = {},
): Promise<ServiceContainer> {
  const old = await findContainer(context, oldId, options);
  if (old === undefined) {
    throw new DockerServicesError("Conflict", `The old container of ${name} is gone: there is nothing to go back to.`);
  }
  const next = await findContainer(context, newId, options);
  if (next !== undefined && next.state !== "created") {
    await setRestartPolicy(context, { id: newId, policy: "no" }, options);
    await stopContainer(context, newId, { graceSeconds: 10, ...options });
  }
  if (next?.name === name) await renameContainer(context, { id: newId, name: `${name}-failed` }, options);
  if (old.name !== name) await renameContainer(context, { id: oldId, name }, options);
  // The label is on the new container, so that this works after a crash, too.
  const policy = next?.labels[labels.replacedPolicy] ?? "unless-stopped";
  if (old.restartPolicy !== policy) await setRestartPolicy(context, { id: oldId, policy }, options);
  const state = next?.labels[labels.replacedState] ?? "running";
  if (["paused", "restarting", "running"].includes(state)) await startContainer(context, oldId, options);
  await removeOwn(context, newId, options);
  return inspectContainer(context, oldId, options);
}

/**
 * `prepared`: the old container serves still. `switching`: the crash came in between. `switched`: the new one has been started, and
 * whether it is any good is to be seen.
 */
export interface UnfinishedReplacement extends Replacement {
  readonly phase: "prepared" | "switched" | "switching";
}

/**
 * The replacement of a service that a crash has left unfinished, from what Docker knows alone. It may be rolled back from any
 * phase; from `switched` it may be finished as well.
 */
export async function findReplacement(
  context: EngineContext,
  serviceId: string,
  options: CallOptions = {},
): Promise<UnfinishedReplacement | undefined> {
  for (const next of await listContainers(context, { serviceId, ...options })) {
    const oldId = next.labels[labels.replaces];
    const old = oldId === undefined ? undefined : await findContainer(context, oldId, options);
    const name = next.labels[labels.name];
    if (old === undefined || name === undefined) continue;
    const isUntouched = old.name === name && old.restartPolicy === next.labels[labels.replacedPolicy];
    const phase = next.name === name && next.state !== "created" ? "switched" : "switching";
    return { oldId: old.id, newId: next.id, name, phase: isUntouched ? "prepared" : phase };
  }
  return undefined;
}

/** A new container on another volume would come up healthy and empty. */
function checkVolume(old: ServiceContainer, { volumeName, engine }: CompleteSpec): void {
  if (old.volumes.some(({ name }) => name === volumeName)) return;
  const names = old.volumes.map(({ name, path }) => `${name} at ${path}`).join(", ") || "none";
  const text = `${old.name} has no volume ${volumeName} for ${engine.dataPath}; its volumes: ${names}. Name the one with the data.`;
  throw new DockerServicesError("Conflict", text);
}

function withPortsOf({ ports }: ServiceContainer, spec: CompleteSpec): CompleteSpec {
  const { console: consolePort } = spec.engine.ports;
  const kept = consolePort === undefined ? { ...(ports.api !== undefined && { api: ports.api }) } : ports;
  return { ...spec, ports: { ...kept, ...spec.ports } };
}
