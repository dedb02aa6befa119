import { randomBytes } from "node:crypto";
import { type ContainerParameters, customEngineParameters } from "@stave/api-contract";
import type { NewContainer, NewService, ServiceInsertOptions } from "@stave/control-database";
import { generateAccessKey } from "@stave/credential-vault";
import type { Engine } from "@stave/docker-services";
import { checkLimits, LimitsError, type ResourceLimits } from "@stave/resource-limits";
import { nameInDocker, sealSpec } from "../../containers/container-spec.ts";
import { engineOf } from "../../containers/engine-of.ts";
import { readLimits } from "../../containers/read-limits.ts";
import { requireDocker } from "../../containers/require-docker.ts";
import type { OperationContext } from "../../context.ts";
import type { ApiAnswer, Handler } from "../../http/handler.ts";
import { orProblem } from "../../http/or-problem.ts";
import { Problem } from "../../http/problem.ts";
import { createContainerJob } from "../../jobs/create-container.ts";
import { waitForJob } from "../../jobs/wait-for-job.ts";
import { showService } from "../../services/show-service.ts";
import { slugOf } from "../../services/slug-of.ts";
import { findService } from "./find-service.ts";

type Request = Parameters<Handler<"createService">>[0];
type Answer = ApiAnswer<typeof import("@stave/api-contract").routes["createService"]>;

/** A service in a container. */
export async function createContainerService(
  context: OperationContext,
  { caller, body: { name } }: Request,
  parameters: ContainerParameters,
): Promise<Answer> {
  const { service: asked, options, ports } = await prepareContainerService(context, { name, parameters });
  const { buckets } = parameters;
  const { services } = context.database.as(caller.actor);
  const { job, ...service } = await orProblem(
    services.insert(asked, {
      ...options,
      job: (serviceId) => ({ type: createContainerJob.type, data: { serviceId, buckets, ports } }),
    }),
  );
  context.wakeJobs();
  const ended = job && (await waitForJob(context, job.id));
  const location = job === undefined ? {} : { location: `/api/jobs/${job.id}` };
  if (ended === undefined) return { status: 202, headers: location, body: showService(context, service) };
  const made = await findService(context, service.id);
  const headers = { location: `/api/external-services/${made.id}` };
  return { status: 201, headers, body: showService(context, made) };
}

export type PreparedService = {
  readonly service: NewService;
  readonly options: Required<Pick<ServiceInsertOptions, "container" | "seal">>;
  /** Those that were asked for. */
  readonly ports: { readonly api?: number; readonly console?: number };
};

/** What its rows are made of, with a root key of its own. What can be refused is refused before there is anything of it: throws a {@link Problem}. */
export async function prepareContainerService(
  context: OperationContext,
  { name, parameters }: { readonly name: string; readonly parameters: ContainerParameters },
): Promise<PreparedService> {
  const engine = engineOf(parameters);
  refusePorts(parameters, engine);
  const limits = readLimits(parameters);
  const host = await requireDocker(context);
  refuseLimits(() => checkLimits(limits, { host, minMemoryBytes: engine.minMemoryBytes }));

  const { region, public_endpoint, port, console_port: consolePort } = parameters;
  const { accessKeyId, secretAccessKey } = generateAccessKey();
  const slug = slugOf(name);
  const nameOfParts = nameInDocker({ slug });
  const { services } = context.database.as("system");
  return {
    service: {
      name,
      slug,
      engine: parameters.engine,
      status: "creating",
      region,
      version: imageOf(parameters, engine),
      accessKeyId,
      parameters: shownParameters(parameters),
      ...(public_endpoint !== undefined && { publicEndpoint: public_endpoint }),
      networkEndpoint: `http://${engine.name}-${nameOfParts}:${engine.ports.api}`,
    },
    options: {
      seal: (id) => context.vault.seal(secretAccessKey, services.contextOf(id)),
      container: (id) => newContainer(context, { id, name: nameOfParts, parameters, engine, limits }),
    },
    ports: { ...(port !== undefined && { api: port }), ...(consolePort !== undefined && { console: consolePort }) },
  };
}

type NewContainerInput = {
  readonly id: number;
  readonly name: string;
  readonly parameters: ContainerParameters;
  readonly engine: Engine;
  readonly limits: ResourceLimits;
};

async function newContainer(
  context: OperationContext,
  { id, name, parameters, engine, limits }: NewContainerInput,
): Promise<NewContainer> {
  const { port, console_port: consolePort, publish } = parameters;
  const own = parameters.engine === "custom" ? parameters.environment : {};
  const required = (engine.requiredVariables ?? []).map((variable) => [variable, randomBytes(32).toString("hex")]);
  const specEnvelope = await sealSpec(context, id, {
    ...(parameters.engine === "custom" && { engine }),
    environment: { ...Object.fromEntries(required), ...own },
    limits,
  });
  return {
    containerName: `${engine.name}-${name}`,
    isAdopted: false,
    image: imageOf(parameters, engine),
    volume: `${engine.name}_${name}_data`,
    isVolumeAdopted: false,
    network: `stave-${name}`,
    publish,
    specEnvelope,
    ...(port !== undefined && { apiPort: port }),
    ...(consolePort !== undefined && { consolePort }),
  };
}

function imageOf({ docker_image: asked }: ContainerParameters, { image, displayName }: Engine): string {
  const found = asked ?? image;
  if (found === undefined) throw new Error(`Expected an image of ${displayName}`);
  return found;
}

/** What is not in the row of the container, and no secret. */
function shownParameters(parameters: ContainerParameters): Readonly<Record<string, unknown>> {
  if (parameters.engine !== "custom") return {};
  const { environment } = parameters;
  const names = Object.keys(customEngineParameters).filter((name) => name !== "docker_image" && name in parameters);
  return {
    ...Object.fromEntries(names.map((name) => [name, parameters[name as keyof typeof parameters]])),
    environment: Object.fromEntries(Object.keys(environment).map((name) => [name, "***"])),
  };
}

function refusePorts({ port, console_port, publish }: ContainerParameters, { ports, displayName }: Engine): void {
  const refuse = (field: string, message: string): never => {
    throw new Problem("INVALID_REQUEST", {
      detail: message,
      errors: [{ pointer: `/parameters/${field}`, code: "invalid_port", message }],
    });
  };
  if (console_port !== undefined && ports.console === undefined)
    refuse("console_port", `${displayName} has no console.`);
  if (port !== undefined && port === console_port) refuse("console_port", "Expected two different ports.");
  if (publish === "none" && (port ?? console_port) !== undefined) {
    refuse("port", "Expected no port with publish: none, which publishes none.");
  }
}

/** Names the fields as the API does. */
export function refuseLimits(check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof LimitsError)) throw error;
    const errors = error.problems.map(({ field, code, message }) => ({
      pointer: `/parameters/${wireNames[field] ?? field}`,
      code,
      message,
    }));
    throw new Problem("UNPROCESSABLE", { detail: error.message, errors, cause: error });
  }
}

const wireNames: Readonly<Record<string, string>> = {
  memoryBytes: "memory_mb",
  swapExtraBytes: "memory_swap_mb",
  cpuCores: "nano_cpus",
  pids: "pids",
  shmBytes: "shm_size_mb",
};
