import { Readable } from "node:stream";
import type { OperationContext } from "../../context.ts";
import type { Handlers } from "../../http/handler.ts";
import { Problem } from "../../http/problem.ts";
import { bucketNames } from "../../links/bucket-names.ts";
import { isSensitive, linkVariables, maskVariables } from "../../links/link-variables.ts";
import { renderVariables } from "../../links/render-variables.ts";
import { resolveLink, resolveWith } from "../../links/resolve-link.ts";
import { usualEndpoint } from "../../services/service-endpoint.ts";
import { findProject } from "../projects.ts";
import { findService } from "../services/find-service.ts";
import { findActiveLink } from "./find-link.ts";

type Operations = Pick<
  Handlers,
  | "getLinkEnvironment"
  | "revealLinkVariable"
  | "pullLinkEnvironment"
  | "previewEnvironmentNames"
  | "previewEnvironmentMasked"
>;

/** Stands for what is masked, or not there yet. */
const nobody = { accessKeyId: "***", secretAccessKey: "***" };

export function variableOperations(context: OperationContext): Operations {
  const { database } = context;
  /** Nothing is shown that is not on record: when the entry cannot be written, the request fails. */
  const recordReveal = (actor: string, linkId: string, names: readonly string[]) =>
    database.audit.add({ actor, action: "secret:reveal", subject: `link:${linkId}`, details: { names } });

  return {
    async getLinkEnvironment(request) {
      const { link, service } = await findActiveLink(context, request);
      const { variables } = await resolveLink(context, link, service);
      return { status: 200, body: { ...maskVariables(variables) } };
    },
    async revealLinkVariable(request) {
      const { link, service } = await findActiveLink(context, request);
      const { variables } = await resolveLink(context, link, service);
      const name = request.params.variable;
      const value = variables[name];
      if (value === undefined) throw new Problem("NOT_FOUND", { detail: `There is no variable ${name}.` });
      await recordReveal(request.caller.actor, link.id, [name]);
      return { status: 200, body: { name, value, sensitive: isSensitive(name) } };
    },
    async pullLinkEnvironment(request) {
      const { link, service } = await findActiveLink(context, request);
      const { variables, revision } = await resolveLink(context, link, service);
      const text = renderVariables(variables, request.query.format, `${service.slug}-${link.environment}`);
      await recordReveal(request.caller.actor, link.id, Object.keys(variables));
      return {
        status: 200,
        headers: { "content-type": "text/plain; charset=utf-8", "x-stave-revision": revision },
        bytes: Readable.from([text]),
      };
    },
    async previewEnvironmentNames({ params, query: { prefix } }) {
      const { region } = await findService(context, params.id);
      const names = Object.keys(linkVariables({ endpoint: "http://localhost", region, ...nobody, bucket: "", prefix }));
      return { status: 200, body: names };
    },
    async previewEnvironmentMasked({ params, query: { project_id, environment, prefix, endpoint } }) {
      const service = await findService(context, params.id);
      const project = await findProject(context, project_id);
      const { links } = database.as("system");
      const of = { serviceId: service.id, projectId: project.id, environment };
      const linked = await links.findOf(of);
      const bucket = linked?.bucket ?? (await nextBucket(context, { ...of, slug: project.name }));
      const { variables } = resolveWith(
        context,
        { endpoint: endpoint ?? usualEndpoint(service), prefix, bucket },
        { service, credentials: nobody },
      );
      return { status: 200, body: { ...maskVariables(variables) } };
    },
  };
}

/** The name that the bucket would get as far as this database knows; a bucket that somebody else has made is seen when it is linked. */
async function nextBucket(
  { database }: OperationContext,
  owner: {
    readonly serviceId: number;
    readonly projectId: string;
    readonly slug: string;
    readonly environment: string;
  },
): Promise<string> {
  const { serviceId, projectId, environment } = owner;
  const names = bucketNames(owner);
  for (const bucket of names) {
    const found = await database.as("system").links.buckets.find({ serviceId, bucket });
    if (found === undefined || (found.projectId === projectId && found.environment === environment)) return bucket;
  }
  return names[0] ?? "";
}
