import type { linkSchema, linkSinkSchema, z } from "@stave/api-contract";
import type { LinkRecord, LinkSinkRecord } from "@stave/control-database";
import type { AccessKeyInfo } from "@stave/credential-vault";
import type { ApiContext } from "../context.ts";
import { Problem } from "../http/problem.ts";
import { partiesOf, resolveLink } from "./resolve-link.ts";

export type ShownLink = z.input<typeof linkSchema>;
export type ShownSink = z.input<typeof linkSinkSchema>;

/** Links as they are answered: without secrets. */
export async function showLinks(context: ApiContext, links: readonly LinkRecord[]): Promise<ShownLink[]> {
  const sinks = await context.database.as("system").linkSinks.list(links.map(({ id }) => id));
  const byLink = Map.groupBy(sinks, ({ linkId }) => linkId);
  const shown: ShownLink[] = [];
  for (const link of links) shown.push(await showWith(context, link, byLink.get(link.id) ?? []));
  return shown;
}

export async function showLink(context: ApiContext, link: LinkRecord): Promise<ShownLink> {
  return await showWith(context, link, await context.database.as("system").linkSinks.list([link.id]));
}

async function showWith(context: ApiContext, link: LinkRecord, sinks: readonly LinkSinkRecord[]): Promise<ShownLink> {
  const { service, project } = await partiesOf(context, link);
  const keys = context.accessKeysFor("system");
  const key = link.accessKeyId === undefined ? undefined : await keys.find(link.accessKeyId);
  const previous = link.previousKeyId === undefined ? undefined : await keys.find(link.previousKeyId);
  const revision = await revisionOf(context, link, service);
  return {
    id: link.id,
    service: { id: service.id, name: service.name, slug: service.slug },
    project: {
      id: project.id,
      name: project.title ?? project.name,
      slug: project.name,
      created_at: project.createdAt.toISOString(),
    },
    environment: link.environment,
    status: link.status,
    bucket: link.bucket ?? null,
    prefix: link.prefix,
    endpoint: link.endpoint,
    credentials: link.credentials,
    access_key_id: link.accessKeyId ?? null,
    key_last_used_at: usedByApplication(link, key)?.toISOString() ?? null,
    previous_key:
      previous === undefined
        ? null
        : {
            access_key_id: previous.accessKeyId,
            expires_at: link.previousUntil?.toISOString() ?? null,
            last_used_at: previous.lastUsedAt?.toISOString() ?? null,
          },
    revision: revision ?? null,
    deployed_revision: link.deployedRevision ?? null,
    deployed_at: link.deployedAt?.toISOString() ?? null,
    needs_redeploy: revision !== undefined && needsRedeploy(link, revision, key),
    sinks: sinks.map((sink) => showSink(sink, revision)),
    created_at: link.createdAt.toISOString(),
  };
}

export function showSink(sink: LinkSinkRecord, revision: string | undefined): ShownSink {
  return {
    id: sink.id,
    kind: sink.kind,
    settings: { ...sink.settings },
    is_current: revision !== undefined && sink.renderedRevision === revision && sink.error === undefined,
    rendered_revision: sink.renderedRevision ?? null,
    rendered_at: sink.renderedAt?.toISOString() ?? null,
    error: sink.error ?? null,
    failed_at: sink.failedAt?.toISOString() ?? null,
    created_at: sink.createdAt.toISOString(),
  };
}

/** The application has said that it runs with these variables, or it uses the key that came with them. */
function needsRedeploy(link: LinkRecord, revision: string, key: AccessKeyInfo | undefined): boolean {
  if (link.deployedRevision === revision) return false;
  return !(link.keyRevision === revision && usedByApplication(link, key) !== undefined);
}

/** Stave itself has used the key once, before it was given to anybody. */
function usedByApplication({ keySince }: LinkRecord, key: AccessKeyInfo | undefined): Date | undefined {
  const lastUsedAt = key?.lastUsedAt;
  return lastUsedAt !== undefined && keySince !== undefined && lastUsedAt > keySince ? lastUsedAt : undefined;
}

async function revisionOf(
  context: ApiContext,
  link: LinkRecord,
  service: Parameters<typeof resolveLink>[2],
): Promise<string | undefined> {
  try {
    return (await resolveLink(context, link, service)).revision;
  } catch (error) {
    if (error instanceof Problem) return undefined; // it is not there yet, or has no key that works
    throw error;
  }
}
