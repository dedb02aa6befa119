import type { ContainerRecord } from "@stave/control-database";
import { DockerServicesError, type ServiceContainer } from "@stave/docker-services";
import type { ApiContext } from "../context.ts";
import { findOwn } from "./container-steps.ts";

/** The container of a service as it is now; undefined when there is none. Throws a `DockerServicesError`, and a `Problem` while another takes its place. */
export async function lookAtContainer(
  context: Pick<ApiContext, "docker" | "installation">,
  container: ContainerRecord,
  signal: AbortSignal,
): Promise<ServiceContainer | undefined> {
  const { containerId } = container;
  if (containerId !== undefined) {
    const found = await context.docker.inspect(containerId, { signal }).catch((error: unknown) => {
      if (error instanceof DockerServicesError && error.code === "ContainerNotFound") return undefined;
      throw error;
    });
    if (found !== undefined) return found;
  }
  return await findOwn({ ...context, signal }, container);
}
