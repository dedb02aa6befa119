import { randomBytes } from "node:crypto";
import { serviceImports } from "@stave/api-contract";
import type { Engine, ImportableContainer, ServiceContainer, ServiceSpec } from "@stave/docker-services";
import { unlimited } from "@stave/resource-limits";
import { nameInDocker, sealSpec } from "../../containers/container-spec.ts";
import { orDockerProblem } from "../../containers/docker-problem.ts";
import { engineOf } from "../../containers/engine-of.ts";
import { withPatience } from "../../containers/require-docker.ts";
import type { OperationContext } from "../../context.ts";
import type { Handler } from "../../http/handler.ts";
import { orProblem } from "../../http/or-problem.ts";
import { Problem } from "../../http/problem.ts";
import { parsePart } from "../../http/validate.ts";
import { createS3Client } from "../../services/s3-client.ts";
import { showService } from "../../services/show-service.ts";
import { slugOf } from "../../services/slug-of.ts";
import { tryCredentials } from "../../services/try-credentials.ts";

/** What this or another installation has made is not among them, nor what was imported. */
export function listAvailableContainers(context: OperationContext): Handler<"listAvailableContainers"> {
  return async () => {
    const { containers } = context.database.as("system");
    const imported = new Set((await containers.list()).map(({ containerId }) => containerId));
    const found = await findImportable(context);
    return {
      status: 200,
      body: found
        .filter(({ id }) => !imported.has(id))
        .map((container) => ({
          container_id: container.id,
          container_name: container.name,
          image: container.image,
          version: /:([\w][\w.-]*)(?:@.*)?$/.exec(container.image)?.[1] ?? null,
          service_type: "s3" as const,
          engine: nameOf(container),
          is_running: container.isRunning,
          exposed_ports: [...container.exposedPorts],
          published_ports: Object.entries(container.publishedPorts).map(([inside, host]) => ({
            container: Number(inside),
            host,
          })),
          volumes: container.volumes.map(({ name, path }) => ({ name, path })),
          suggested_name: container.serviceName,
        })),
    };
  };
}

/** The container is looked at and its key is tried; nothing of it is changed. */
export function importService(context: OperationContext): Handler<"importService"> {
  return async ({ caller, body: { name, container_id: containerId, parameters } }) => {
    const { services, containers } = context.database.as(caller.actor);
    if ((await containers.findByContainerId(containerId)) !== undefined) {
      throw new Problem("CONFLICT", { detail: "The container belongs to a service already." });
    }
    const found = (await findImportable(context)).find(({ id }) => id === containerId);
    const container = await inspect(context, containerId);
    const { engine: asked = found === undefined ? "custom" : nameOf(found) } = parameters;
    const schema = serviceImports[asked as keyof typeof serviceImports];
    if (schema === undefined) {
      const message = `Expected engine to be one of ${Object.keys(serviceImports).join(", ")}.`;
      const errors = [{ pointer: "/parameters/engine", code: "invalid_value", message }];
      throw new Problem("INVALID_REQUEST", { detail: message, errors });
    }
    const settings = parsePart(schema, { ...parameters, engine: asked }, "/parameters");
    const engine = readEngine(settings, container.image);
    const { endpoint, port } = addressOf(container, engine, found);
    const credentials = await readCredentials(context, settings, { container, engine });
    const { region, public_endpoint } = settings;
    const client = createS3Client({ endpoint, region, credentials });
    try {
      await tryCredentials(client);
    } finally {
      client.destroy();
    }

    const slug = slugOf(name);
    const volume = container.volumes.find(({ path }) => path === engine.dataPath)?.name;
    const service = await orProblem(
      services.insert(
        {
          name,
          slug,
          engine: settings.engine,
          status: "running",
          region,
          version: container.image,
          endpoint,
          networkEndpoint: `http://${container.name}:${engine.ports.api}`,
          accessKeyId: credentials.accessKeyId,
          parameters: {},
          ...(public_endpoint !== undefined && { publicEndpoint: public_endpoint }),
        },
        {
          seal: (id) => context.vault.seal(credentials.secretAccessKey, services.contextOf(id)),
          container: async (id) => ({
            containerId,
            containerName: container.name,
            isAdopted: true,
            image: container.image,
            imageId: container.imageId,
            ...(volume !== undefined && { volume }),
            isVolumeAdopted: true,
            network: `stave-${nameInDocker({ slug })}`,
            publish: "loopback",
            ...(port !== undefined && { apiPort: port }),
            specEnvelope: await sealSpec(context, id, {
              ...(settings.engine === "custom" && { engine }),
              environment: environmentOf(engine),
              limits: unlimited,
            }),
          }),
        },
      ),
    );
    const headers = { location: `/api/external-services/${service.id}` };
    return { status: 201, headers, body: showService(context, service) };
  };
}

async function findImportable({ docker }: OperationContext): Promise<readonly ImportableContainer[]> {
  const found = await orDockerProblem(withPatience((signal) => docker.findImportable({ signal })));
  // Stave's own image is built in: nobody needs it as a service.
  return found.filter(({ engineName }) => engineName === "rustfs" || engineName === "minio");
}

function nameOf({ engineName }: ImportableContainer): "rustfs" | "minio" {
  return engineName === "minio" ? "minio" : "rustfs";
}

async function inspect({ docker }: OperationContext, id: string): Promise<ServiceContainer> {
  const container = await orDockerProblem(withPatience((signal) => docker.inspect(id, { signal })));
  if (container.serviceId !== undefined) {
    throw new Problem("CONFLICT", { detail: `${container.name} belongs to a service of Stave.` });
  }
  if (container.state !== "running") {
    const nextActions = ["Start it: whether its key works is seen before it is imported."];
    throw new Problem("CONFLICT", { detail: `${container.name} is ${container.state}.`, nextActions });
  }
  return container;
}

type Settings = ReturnType<(typeof serviceImports)[keyof typeof serviceImports]["parse"]>;

function readEngine(settings: Settings, image: string): Engine {
  const common = { region: settings.region, buckets: [], publish: "loopback" as const, docker_image: image };
  if (settings.engine !== "custom") return engineOf({ engine: settings.engine, ...common });
  const { access_key: _, secret_key: __, public_endpoint: ___, ...custom } = settings;
  return engineOf({ ...custom, ...common, environment: {} });
}

/** A port of this machine where it has one, else where Docker has put it. */
function addressOf(
  { networks, name }: ServiceContainer,
  { ports }: Engine,
  found: ImportableContainer | undefined,
): { readonly endpoint: string; readonly port?: number } {
  const port = found?.publishedPorts[ports.api];
  if (port !== undefined) return { endpoint: `http://127.0.0.1:${port}`, port };
  const address = networks.find((network) => network.address !== undefined)?.address;
  if (address !== undefined) return { endpoint: `http://${address}:${ports.api}` };
  throw new Problem("UNPROCESSABLE", {
    detail: `${name} has neither a port of this machine nor an address of its own.`,
  });
}

async function readCredentials(
  { docker }: OperationContext,
  { access_key: accessKeyId, secret_key: secretAccessKey }: Settings,
  { container, engine }: { readonly container: ServiceContainer; readonly engine: Engine },
): Promise<ServiceSpec["credentials"]> {
  if (accessKeyId !== undefined && secretAccessKey !== undefined) return { accessKeyId, secretAccessKey };
  if (accessKeyId !== undefined || secretAccessKey !== undefined) {
    throw new Problem("INVALID_REQUEST", { detail: "Expected access_key and secret_key, or neither." });
  }
  const read = await orDockerProblem(
    withPatience((signal) => docker.readCredentials({ id: container.id, engine, signal })),
  );
  if (read !== undefined) return read;
  throw new Problem("UNPROCESSABLE", {
    detail: `The root key of ${container.name} is not in its environment.`,
    nextActions: ["Name access_key and secret_key."],
  });
}

/** For a container that takes its place one day. */
function environmentOf({ requiredVariables = [] }: Engine): Readonly<Record<string, string>> {
  return Object.fromEntries(requiredVariables.map((name) => [name, randomBytes(32).toString("hex")]));
}
