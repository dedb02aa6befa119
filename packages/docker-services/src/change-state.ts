import { hasCode } from "./docker-services-error.ts";
import { type CallOptions, containerPath } from "./engine-client.ts";
import type { EngineContext } from "./engine-context.ts";

/** Starts a container; nothing happens if it runs. Throws `ContainerNotFound`, `PortTaken`, `StartFailed`, `DiskFull`. */
export async function startContainer({ client }: EngineContext, id: string, options: CallOptions = {}): Promise<void> {
  await client.request("POST", `${containerPath(id)}/start`, options);
}

export interface StopOptions extends CallOptions {
  /** After it the container is killed. @default 30 */
  readonly graceSeconds?: number;
}

/** Stops a container, so that it stays so also when the engine is restarted; nothing happens if it does not run. */
export async function stopContainer({ client }: EngineContext, id: string, options: StopOptions = {}): Promise<void> {
  const { graceSeconds = 30, ...rest } = options;
  const query = { t: String(graceSeconds) };
  await client.request("POST", `${containerPath(id)}/stop`, { query, timeoutMs: (graceSeconds + 30) * 1000, ...rest });
}

export interface RemoveContainerOptions extends CallOptions {
  /** Volumes without a name go with it. Of a container of somebody else they may be the data. @default false */
  readonly removeAnonymousVolumes?: boolean;
}

/** Removes a container, running or not, and no volume with a name; nothing happens if it is not there. */
export async function removeContainer(
  { client }: EngineContext,
  id: string,
  { removeAnonymousVolumes = false, ...options }: RemoveContainerOptions = {},
): Promise<void> {
  const query = { force: "1", v: removeAnonymousVolumes ? "1" : "0" };
  try {
    await client.request("DELETE", containerPath(id), { query, ...options });
  } catch (error) {
    if (!hasCode(error, "ContainerNotFound")) throw error;
  }
}

/** Gives the container with this id a name, whoever had it before. Throws `NameTaken`. */
export async function renameContainer(
  { client }: EngineContext,
  { id, name }: { readonly id: string; readonly name: string },
  options: CallOptions = {},
): Promise<void> {
  await client.request("POST", `${containerPath(id)}/rename`, { query: { name }, ...options });
}

export async function setRestartPolicy(
  { client }: EngineContext,
  { id, policy }: { readonly id: string; readonly policy: string },
  options: CallOptions = {},
): Promise<void> {
  await client.request("POST", `${containerPath(id)}/update`, {
    body: { RestartPolicy: { Name: policy } },
    ...options,
  });
}
