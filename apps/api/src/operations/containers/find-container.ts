import type { ContainerRecord, ServiceRecord } from "@stave/control-database";
import { isContainerEngine } from "../../containers/engine-of.ts";
import type { ApiContext } from "../../context.ts";
import { Problem } from "../../http/problem.ts";
import { findService } from "../services/find-service.ts";

export type Contained = { readonly service: ServiceRecord; readonly container: ContainerRecord };

/** Undefined: it runs in no container of this installation. Throws a {@link Problem} when there is no such service. */
export async function findContained(context: ApiContext, id: number): Promise<Contained | undefined> {
  const service = await findService(context, id);
  if (!isContainerEngine(service.engine)) return undefined;
  const container = await context.database.as("system").containers.find(id);
  return container && { service, container };
}

/** Throws a {@link Problem} when it runs in none. */
export async function requireContained(context: ApiContext, id: number): Promise<Contained> {
  const found = await findContained(context, id);
  if (found !== undefined) return found;
  throw new Problem("UNPROCESSABLE", {
    detail: "The service runs in no container of Stave's: this is for those that do.",
  });
}

/** Throws a {@link Problem} while something else is done with it. */
export function refuseUnfinished({ status }: ServiceRecord): void {
  if (status === "running" || status === "stopped" || status === "failed") return;
  throw new Problem("CONFLICT", { detail: `The service is ${status}.` });
}
