import type { ServiceRecord } from "@stave/control-database";
import type { ApiContext } from "../context.ts";

const page = 1000;
/** More of them help nobody. */
const maxNamed = 20;

/** What a service cannot be deleted before: each as a sentence for people. Looked at when nothing new can be linked to it any more. */
export async function blockersOf({ database }: ApiContext, service: ServiceRecord): Promise<readonly string[]> {
  const { accountId, id: serviceId } = service;
  const { projects, links, jobs, migrations } = database.as("system");
  const blockers: string[] = [];
  for (const state of ["waiting", "running", "undoing"] as const) {
    const [job] = await jobs.list({ subject: `backups:service:${serviceId}`, state, limit: 1 });
    if (job !== undefined) blockers.push(`The job ${job.id} (${job.type}) of its backups has not ended.`);
  }
  if ((await migrations.findUnfinished(serviceId)) !== undefined) blockers.push("A migration of it has not ended.");
  for (const { projectId, environment } of await links.list({ serviceId, limit: maxNamed })) {
    const project = await projects.find(projectId);
    blockers.push(`It is linked to ${environment} of the project ${project?.name ?? projectId}: unlink it first.`);
  }
  if (accountId === undefined) return blockers;
  for (let after: string | undefined; ; ) {
    const found = await projects.list({ after, limit: page });
    for (const { name, accountId: owner } of found) {
      if (owner === accountId) blockers.push(`The project ${name} belongs to it.`);
    }
    after = found.at(-1)?.name;
    if (found.length < page) return blockers;
  }
}
