import { serviceParameterChanges } from "@stave/api-contract";
import type { ServiceRecord } from "@stave/control-database";
import { engineOfSpec, openSpec } from "../../containers/container-spec.ts";
import { findOwn, requireContainer } from "../../containers/container-steps.ts";
import { orDockerProblem } from "../../containers/docker-problem.ts";
import { requireImageOf } from "../../containers/engine-of.ts";
import { withPatience } from "../../containers/require-docker.ts";
import type { OperationContext } from "../../context.ts";
import type { ApiAnswer } from "../../http/handler.ts";
import { orProblem } from "../../http/or-problem.ts";
import { Problem } from "../../http/problem.ts";
import { parsePart } from "../../http/validate.ts";
import { waitForJob } from "../../jobs/wait-for-job.ts";
import { etagOf, showServiceDetail } from "../../services/show-service.ts";
import { findService } from "./find-service.ts";
import { beginReplacement } from "./upgrade-service.ts";

type Answer = ApiAnswer<typeof import("@stave/api-contract").routes["updateService"]>;

export type Recreation = { readonly image?: string; readonly apiPort?: number; readonly consolePort?: number };

/** What a new container is needed for; undefined when the one that is there will do. Throws a {@link Problem} for what cannot be. */
export async function planRecreation(
  context: OperationContext,
  service: ServiceRecord,
  parameters: Readonly<Record<string, unknown>>,
): Promise<Recreation | undefined> {
  const {
    docker_image: image,
    port,
    console_port: consolePort,
  } = parsePart(serviceParameterChanges.rustfs, parameters, "/parameters");
  const { container } = await requireContainer(context, service.id);
  const engine = engineOfSpec(service, await openSpec(context, container));
  if (image !== undefined) requireImageOf(engine, image);
  if (container.publish === "none" && (port ?? consolePort) !== undefined) {
    throw new Problem("UNPROCESSABLE", { detail: "It was made with publish: none, and has no port of this machine." });
  }
  if (consolePort !== undefined && engine.ports.console === undefined) {
    throw new Problem("UNPROCESSABLE", { detail: `${engine.displayName} has no console.` });
  }
  const plan = {
    ...(image !== undefined && image !== container.image && { image }),
    ...(port !== undefined && port !== container.apiPort && { apiPort: port }),
    ...(consolePort !== undefined && consolePort !== container.consolePort && { consolePort }),
  };
  if (Object.keys(plan).length === 0) return undefined;
  if (container.volume !== undefined) return plan;
  throw new Problem("CONFLICT", {
    detail: "Its data is in no volume of its own: a new container would have nothing of it.",
    nextActions: ["Migrate the service to another one."],
  });
}

export async function recreate(
  context: OperationContext,
  service: ServiceRecord,
  { recreation, actor }: { readonly recreation: Recreation; readonly actor: string },
): Promise<Answer> {
  const { id, status } = service;
  if (status !== "running" && status !== "stopped" && status !== "failed") {
    throw new Problem("CONFLICT", { detail: `The service is ${status}.` });
  }
  const { container } = await requireContainer(context, id);
  const found = await orDockerProblem(withPatience((signal) => findOwn({ ...context, signal }, container)));
  if (found === undefined) return await changeRow(context, service, { recreation, actor });
  const { image, apiPort: api, consolePort: consoleAt } = recreation;
  const ports = { ...(api !== undefined && { api }), ...(consoleAt !== undefined && { console: consoleAt }) };
  const wish = { reason: "change" as const, ports, ...(image !== undefined && { image }) };
  const job = await beginReplacement(context, service, { actor, wish });
  const ended = await waitForJob(context, job.id);
  const changed = await findService(context, id);
  const body = await showServiceDetail(context, changed);
  if (ended === undefined) return { status: 202, headers: { location: `/api/jobs/${job.id}` }, body };
  return { status: 200, headers: { etag: etagOf(changed) }, body };
}

/** There is no container now: the next start makes one like this. */
async function changeRow(
  context: OperationContext,
  { id }: ServiceRecord,
  { recreation, actor }: { readonly recreation: Recreation; readonly actor: string },
): Promise<Answer> {
  const { containers, services } = context.database.as(actor);
  const { image } = recreation;
  await orProblem(containers.change(id, { ...recreation, ...(image !== undefined && { imageDigest: null }) }));
  const changed = await orProblem(services.change(id, image === undefined ? {} : { version: image }));
  return { status: 200, headers: { etag: etagOf(changed) }, body: await showServiceDetail(context, changed) };
}
