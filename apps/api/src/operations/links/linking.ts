import type { LinkRecord, ServiceRecord } from "@stave/control-database";
import type { OperationContext } from "../../context.ts";
import type { Handlers } from "../../http/handler.ts";
import { orProblem } from "../../http/or-problem.ts";
import { Problem } from "../../http/problem.ts";
import { etagOf, ifMatches } from "../../http/require-revision.ts";
import { createLinkJob } from "../../jobs/create-link.ts";
import { removeLinkJob } from "../../jobs/remove-link.ts";
import { renderLater } from "../../jobs/render-link.ts";
import { resolveLink } from "../../links/resolve-link.ts";
import { showLink, showLinks } from "../../links/show-links.ts";
import { networkEndpoint, usualEndpoint } from "../../services/service-endpoint.ts";
import { findProject } from "../projects.ts";
import { findService } from "../services/find-service.ts";
import { findActiveLink, findLink } from "./find-link.ts";

type Operations = Pick<
  Handlers,
  | "listLinksOfProject"
  | "listLinksOfService"
  | "linkProject"
  | "getLink"
  | "updateLink"
  | "unlinkProject"
  | "confirmDeployed"
>;

/** More than environments times services that anybody has. */
const maxOfProject = 1000;

export function linkingOperations(context: OperationContext): Operations {
  const { database, wakeJobs } = context;
  const list = async (query: {
    readonly serviceId?: number;
    readonly projectId?: string;
    readonly after?: string | undefined;
    readonly limit: number;
  }) => await showLinks(context, await database.as("system").links.list(query));

  const answer = async (link: LinkRecord) => ({
    status: 200 as const,
    headers: { etag: etagOf(link.revision) },
    body: await showLink(context, link),
  });

  return {
    async listLinksOfProject({ params }) {
      const { id: projectId } = await findProject(context, params.project_id);
      return { status: 200, body: await list({ projectId, limit: maxOfProject }) };
    },
    async listLinksOfService({ params, query: { after, limit } }) {
      const { id: serviceId } = await findService(context, params.id);
      return { status: 200, body: await list({ serviceId, after, limit }) };
    },
    async linkProject({ caller, params, body }) {
      const service = await findService(context, params.id);
      const { id: projectId } = await findProject(context, body.project_id);
      const credentials = credentialsFor(service, body.use_service_credentials);
      const { environment, prefix, endpoint = usualEndpoint(service) } = body;
      if (endpoint === "network") networkEndpoint(context, service);
      const link = { serviceId: service.id, projectId, environment, prefix, endpoint, credentials };
      const begun = await orProblem(
        database.as(caller.actor).links.create(link, (linkId) => ({ type: createLinkJob.type, data: { linkId } })),
      );
      wakeJobs();
      return {
        status: 202,
        headers: { location: `/api/jobs/${begun.job.id}`, etag: etagOf(begun.link.revision) },
        body: { job_id: begun.job.id, link: await showLink(context, begun.link) },
      };
    },
    async getLink(request) {
      return await answer((await findLink(context, request)).link);
    },
    async updateLink(request) {
      const { body, caller } = request;
      const { link, service } = await findActiveLink(context, request);
      if (body.endpoint === "network") networkEndpoint(context, service);
      const options = ifMatches(request.message, link.revision);
      const change = {
        ...(body.prefix !== undefined && { prefix: body.prefix }),
        ...(body.endpoint !== undefined && { endpoint: body.endpoint }),
      };
      const changed = await orProblem(database.as(caller.actor).links.change(link.id, change, options));
      if (changed === undefined) throw new Problem("NOT_FOUND");
      await renderLater(context, caller.actor, { linkId: link.id });
      wakeJobs();
      return await answer(changed);
    },
    async unlinkProject(request) {
      const { link } = await findLink(context, request);
      const job = await orProblem(
        database
          .as(request.caller.actor)
          .links.beginRemoval(
            link.id,
            (linkId) => ({ type: removeLinkJob.type, data: { linkId } }),
            ifMatches(request.message, link.revision),
          ),
      );
      wakeJobs();
      return { status: 202, headers: { location: `/api/jobs/${job.id}` }, body: { job_id: job.id } };
    },
    async confirmDeployed(request) {
      const { link, service } = await findActiveLink(context, request);
      const { revision } = request.body;
      await requireCurrent(context, { link, service, revision });
      const { links } = database.as(request.caller.actor);
      const changed = await links.change(link.id, { deployedRevision: revision, deployedAt: context.now() });
      if (changed === undefined) throw new Problem("NOT_FOUND");
      return await answer(changed);
    },
  };
}

/** Only the built-in engine makes keys. The pair that opens everything is given to an application when somebody says so, and never by itself. */
function credentialsFor(service: ServiceRecord, wantsService: boolean): LinkRecord["credentials"] {
  if (wantsService) return "service";
  if (service.engine === "stave") return "own";
  throw new Problem("UNPROCESSABLE", {
    detail: `Keys of ${service.name} cannot be made here: its engine is ${service.engine}.`,
    nextActions: ["Send `use_service_credentials: true`: the application gets the pair that opens all of the service."],
  });
}

/** A confirmation that comes late must not hide that the variables have changed since. */
async function requireCurrent(
  context: OperationContext,
  {
    link,
    service,
    revision,
  }: { readonly link: LinkRecord; readonly service: ServiceRecord; readonly revision: string },
): Promise<void> {
  const current = await resolveLink(context, link, service);
  if (current.revision === revision) return;
  throw new Problem("CONFLICT", {
    detail: "The variables have changed since this revision.",
    nextActions: ["Redeploy with the present variables, and confirm their revision."],
  });
}
