import type { CallAnswer, Routes } from "@stave/api-contract";
import type { ApiClient } from "../../api/api-client.ts";
import { resolveService, type WhichService } from "../services/resolve-service.ts";
import { slugOf } from "../services/slug-of.ts";

export type Link = CallAnswer<Routes["getLink"]>["body"];

/** The link that is meant, as the routes are called. */
export type LinkAddress = {
  readonly params: { readonly id: number; readonly project_id: string };
  readonly query: { readonly environment: string };
};

type WhichLink = WhichService & { readonly options: { readonly project: string; readonly environment: string } };

export async function resolveLink(which: WhichLink, client: ApiClient): Promise<LinkAddress> {
  const id = await resolveService(which, client);
  const { project, environment } = which.options;
  return { params: { id, project_id: projectIdOf(project) }, query: { environment } };
}

/** The id or slug of a project, also of one that was named as people call it. */
export function projectIdOf(project: string): string {
  const slug = slugOf(project);
  return /^[a-z0-9-]{1,63}$/.test(project) || slug === "" ? project : slug;
}

export async function readLink({ call }: ApiClient, address: LinkAddress): Promise<Link> {
  const { body } = await call("get /api/external-services/{id}/projects/{project_id}", address);
  return body;
}
