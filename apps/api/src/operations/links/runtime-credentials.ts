import type { LinkRecord, ServiceRecord } from "@stave/control-database";
import type { OperationContext } from "../../context.ts";
import type { Handlers } from "../../http/handler.ts";
import { Problem } from "../../http/problem.ts";
import { isBucketThere, makeBucket } from "../../links/make-bucket.ts";
import { resolveLink } from "../../links/resolve-link.ts";
import { s3Problem } from "../../storage/s3-problem.ts";
import { findProject } from "../projects.ts";
import { findService } from "../services/find-service.ts";

/** For a deployer, at the moment in which an application starts. */
export function runtimeCredentialOperations(context: OperationContext): Pick<Handlers, "issueRuntimeCredentials"> {
  const { database } = context;
  return {
    async issueRuntimeCredentials({ caller, params }) {
      const { environment } = params;
      const service = await findService(context, params.id);
      const project = await findProject(context, params.project_id);
      const of = { serviceId: service.id, projectId: project.id, environment };
      const link = await database.as("system").links.findOf(of);
      if (link === undefined) {
        throw new Problem("CONFLICT", {
          detail: `${service.name} is not linked to ${environment} of ${project.name}.`,
          nextActions: ["Link it: POST /api/external-services/{id}/projects."],
        });
      }
      const { variables, revision } = await resolveLink(context, link, service);
      await ensureBucket(context, { link, service, actor: caller.actor });
      // Nothing is shown that is not on record: when the entry cannot be written, the request fails.
      const details = { names: Object.keys(variables) };
      await database.audit.add({ actor: caller.actor, action: "secret:reveal", subject: `link:${link.id}`, details });
      return { status: 200, body: { variables: { ...variables }, revision } };
    },
  };
}

/** Somebody may have deleted it past this api, on a server of others. */
async function ensureBucket(
  { clients, database }: OperationContext,
  { link, service, actor }: { readonly link: LinkRecord; readonly service: ServiceRecord; readonly actor: string },
): Promise<void> {
  const { bucket = "" } = link;
  try {
    const client = await clients.clientOf(service);
    if (await isBucketThere(client, bucket)) return;
    await makeBucket(client, { bucket, region: service.region });
  } catch (error) {
    throw s3Problem(error, service);
  }
  const { buckets } = database.as(actor).links;
  const { serviceId, projectId, environment } = link;
  await buckets.reserve({ serviceId, bucket, projectId, environment });
  await buckets.noteMade({ serviceId, bucket }, { isOfProject: service.engine === "stave" });
}
