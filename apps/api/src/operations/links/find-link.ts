import type { LinkRecord, ServiceRecord } from "@stave/control-database";
import type { OperationContext } from "../../context.ts";
import { Problem } from "../../http/problem.ts";
import { findProject } from "../projects.ts";
import { findService } from "../services/find-service.ts";

export type AddressOfLink = {
  readonly params: { readonly id: number; readonly project_id: string };
  readonly query: { readonly environment: string };
};

/** Throws a {@link Problem} when they are not linked. */
export async function findLink(
  context: OperationContext,
  { params, query }: AddressOfLink,
): Promise<{ readonly link: LinkRecord; readonly service: ServiceRecord }> {
  const service = await findService(context, params.id);
  const { id: projectId, name } = await findProject(context, params.project_id);
  const { environment } = query;
  const link = await context.database.as("system").links.findOf({ serviceId: service.id, projectId, environment });
  if (link !== undefined) return { link, service };
  throw new Problem("NOT_FOUND", { detail: `${service.name} is not linked to ${environment} of ${name}.` });
}

/** As {@link findLink}, and throws for one that is being made or removed. */
export async function findActiveLink(
  context: OperationContext,
  address: AddressOfLink,
): Promise<{ readonly link: LinkRecord; readonly service: ServiceRecord }> {
  const found = await findLink(context, address);
  if (found.link.status === "active") return found;
  throw new Problem("CONFLICT", { detail: `The link is ${found.link.status}.` });
}
