import { randomBytes } from "node:crypto";
import type { ControlDatabase } from "@stave/control-database";
import { createDockerServices, type DockerServices } from "@stave/docker-services";
import type { Config } from "../config.ts";

/** The Docker engine of this machine. Whether it is there is seen with each call. */
export function openDocker({ docker }: Pick<Config, "docker">): DockerServices {
  return createDockerServices(docker);
}

const option = "docker.installation";

/**
 * What tells our containers from those of other installations on the same engine: it begins the label of all that we make, and what does not
 * carry it is not touched. Made once, and the same for all processes on this database.
 */
export async function openInstallation(database: ControlDatabase): Promise<string> {
  const { options } = database.as("first start");
  const id = await options.read(option);
  if (id !== undefined) return id;
  await options.replace(option, undefined, randomBytes(8).toString("hex"));
  // Another process may have been first.
  return await openInstallation(database);
}

/** The id of a service in the words of Docker. */
export function dockerIdOf({ installation }: { readonly installation: string }, serviceId: number): string {
  return `${installation}.${serviceId}`;
}

/** Undefined: of another installation. */
export function readDockerId({ installation }: { readonly installation: string }, id: string): number | undefined {
  const [owner, serviceId = ""] = id.split(".");
  return owner === installation && /^[1-9]\d{0,9}$/.test(serviceId) ? Number(serviceId) : undefined;
}
