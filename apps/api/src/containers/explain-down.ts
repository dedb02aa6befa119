import type { ServiceRecord } from "@stave/control-database";
import { DockerServicesError, type ServiceContainer } from "@stave/docker-services";
import type { ApiContext } from "../context.ts";
import { Problem } from "../http/problem.ts";
import { findOwn } from "./container-steps.ts";
import { isContainerEngine } from "./engine-of.ts";

const patienceMs = 2_000;

/** Why a service in a container does not answer, as far as Docker knows; undefined when that tells nothing. */
export async function explainDown(
  context: Pick<ApiContext, "database" | "docker" | "installation">,
  { id, engine }: ServiceRecord,
): Promise<string | undefined> {
  if (!isContainerEngine(engine)) return undefined;
  const container = await context.database.as("system").containers.find(id);
  if (container === undefined) return undefined;
  try {
    const found = await findOwn({ ...context, signal: AbortSignal.timeout(patienceMs) }, container);
    return describeState(found);
  } catch (error) {
    if (error instanceof DockerServicesError || error instanceof Problem) return error.message;
    if (error instanceof Error && error.name === "TimeoutError") return "Docker does not answer.";
    throw error;
  }
}

/** Undefined when the container runs, or is on its way. */
export function describeState(container: ServiceContainer | undefined): string | undefined {
  if (container === undefined)
    return "Its container is gone: somebody has removed it. Start the service to make it again.";
  const { state, exitCode, isOomKilled, error } = container;
  if (state === "running") return undefined;
  if (state === "restarting") {
    return `Its container ends again and again, the last time with exit code ${exitCode}${isOomKilled ? ", for its use of memory" : ""}.`;
  }
  if (error !== undefined) return `Its container could not be started. Docker says: ${error}`;
  if (state === "paused") return "Its container is paused.";
  return `Its container has ended with exit code ${exitCode}${isOomKilled ? ", killed for its use of memory" : ""}.`;
}
