import { hash } from "node:crypto";
import type { LinkRecord, ProjectRecord, ServiceRecord } from "@stave/control-database";
import type { ApiContext } from "../context.ts";
import { Problem } from "../http/problem.ts";
import { type Credentials, serviceCredentials } from "../services/service-credentials.ts";
import { internalEndpoint, networkEndpoint, publicEndpoint } from "../services/service-endpoint.ts";
import { linkVariables, type Variables } from "./link-variables.ts";

export type LinkParties = { readonly service: ServiceRecord; readonly project: ProjectRecord };

export type ResolvedVariables = {
  readonly variables: Variables;
  /** The same for the same variables, and for no others. */
  readonly revision: string;
};

/** Throws a {@link Problem} when one of them is gone. */
export async function partiesOf({ database }: ApiContext, link: LinkRecord): Promise<LinkParties> {
  const { services, projects } = database.as("system");
  const [service, project] = await Promise.all([services.find(link.serviceId), projects.find(link.projectId)]);
  if (service === undefined || project === undefined) throw new Problem("NOT_FOUND");
  return { service, project };
}

/** The variables of a link as they are now. Throws a {@link Problem} while it has none. */
export async function resolveLink(
  context: ApiContext,
  link: LinkRecord,
  service: ServiceRecord,
): Promise<ResolvedVariables> {
  if (link.status !== "active" || link.bucket === undefined) {
    throw new Problem("CONFLICT", { detail: `The link is ${link.status}.` });
  }
  const credentials = await linkCredentials(context, link, service);
  return resolveWith(context, { ...link, bucket: link.bucket }, { service, credentials });
}

const endpoints = { internal: internalEndpoint, network: networkEndpoint, public: publicEndpoint };

/** As {@link resolveLink}, with other credentials. */
export function resolveWith(
  context: ApiContext,
  { endpoint, bucket, prefix }: Pick<LinkRecord, "endpoint" | "prefix"> & { readonly bucket: string },
  { service, credentials }: { readonly service: ServiceRecord; readonly credentials: Credentials },
): ResolvedVariables {
  const variables = linkVariables({
    endpoint: endpoints[endpoint](context, service),
    region: service.region,
    ...credentials,
    bucket,
    prefix,
  });
  return { variables, revision: hash("sha256", JSON.stringify(Object.entries(variables))).slice(0, 32) };
}

/** The pair of one of the link's keys. Throws a {@link Problem} for one that is revoked or has expired. */
export async function credentialsOfKey(context: ApiContext, accessKeyId: string | undefined): Promise<Credentials> {
  const found = accessKeyId && (await context.accessKeysFor("system").secretOf(accessKeyId));
  if (accessKeyId !== undefined && found) return { accessKeyId, secretAccessKey: found.secretAccessKey };
  throw new Problem("CONFLICT", {
    detail: "The key of the link is revoked or has expired.",
    nextActions: ["Unlink the project, and link it again: it gets its bucket back."],
  });
}

function linkCredentials(context: ApiContext, link: LinkRecord, service: ServiceRecord): Promise<Credentials> {
  return link.credentials === "service"
    ? serviceCredentials(context, service)
    : credentialsOfKey(context, link.accessKeyId);
}
