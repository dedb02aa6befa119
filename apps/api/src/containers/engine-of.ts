import type { ContainerParameters } from "@stave/api-contract";
import type { ServiceEngine, ServiceRecord } from "@stave/control-database";
import { acceptsImage, customEngine, type Engine, minio, rustfs, stave } from "@stave/docker-services";
import { Problem } from "../http/problem.ts";

const known: Readonly<Partial<Record<ServiceEngine, Engine>>> = { rustfs, minio };

/** Whether its services run in containers of this installation. */
export function isContainerEngine(engine: ServiceEngine): engine is "rustfs" | "minio" | "custom" {
  return engine === "rustfs" || engine === "minio" || engine === "custom";
}

/** Undefined for a custom image, which says itself what it is. */
export function knownEngine({ engine }: Pick<ServiceRecord, "engine">): Engine | undefined {
  return known[engine];
}

/** What a service is asked to run. Throws a {@link Problem} for an image of another engine, and for one that does not say enough. */
export function engineOf(parameters: ContainerParameters): Engine {
  const { docker_image: image } = parameters;
  const engine =
    parameters.engine === "custom" ? readCustom(parameters) : parameters.engine === "minio" ? minio : rustfs;
  if (image !== undefined) requireImageOf(engine, image);
  return engine;
}

/** Data of one engine with an image of another would be the end of it. Throws a {@link Problem}. */
export function requireImageOf(engine: Engine, image: string): void {
  const refuse = (message: string, cause?: unknown): never => {
    const errors = [{ pointer: "/parameters/docker_image", code: "invalid_image", message }];
    throw new Problem("INVALID_REQUEST", { detail: message, errors, cause });
  };
  let isAccepted = false;
  try {
    isAccepted = acceptsImage(engine, image);
  } catch (error) {
    refuse(error instanceof Error ? error.message : "Expected an image.", error);
  }
  if (!isAccepted) refuse(`${image} is an image of another engine than ${engine.displayName}.`);
}

type CustomParameters = Extract<ContainerParameters, { readonly engine: "custom" }>;

function readCustom(parameters: CustomParameters): Engine {
  const { docker_image: image, access_key_variable, secret_key_variable, region_variable } = parameters;
  // Stave's own image needs no explanation.
  if (isStave(image)) return { ...stave, name: "custom", image };
  if (access_key_variable === undefined || secret_key_variable === undefined) {
    const missing = access_key_variable === undefined ? "access_key_variable" : "secret_key_variable";
    const message = "Expected the variable that the image takes its root key from.";
    const errors = [{ pointer: `/parameters/${missing}`, code: "required", message }];
    throw new Problem("INVALID_REQUEST", { detail: message, errors });
  }
  const { container_console_port, console_path, command, user, read_only_root } = parameters;
  return customEngine({
    image,
    ports: {
      api: parameters.container_port,
      ...(container_console_port !== undefined && { console: container_console_port }),
    },
    variables: {
      accessKeyId: access_key_variable,
      secretAccessKey: secret_key_variable,
      ...(region_variable !== undefined && { region: region_variable }),
    },
    health: { path: parameters.health_path, statuses: parameters.health_statuses },
    dataPath: parameters.data_path,
    hasReadOnlyRoot: read_only_root,
    ...(read_only_root && { tmpfs: { "/tmp": "mode=1777,size=64m" } }),
    ...(console_path !== undefined && { consolePath: console_path }),
    ...(command !== undefined && { command }),
    ...(user !== undefined && { user }),
  });
}

function isStave(image: string): boolean {
  try {
    return acceptsImage(stave, image) && !acceptsImage(rustfs, image) && !acceptsImage(minio, image);
  } catch {
    return false; // what is no reference is refused where images are looked at
  }
}
