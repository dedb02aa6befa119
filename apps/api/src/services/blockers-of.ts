import type { ServiceRecord } from "@stave/control-database";
import type { ApiContext } from "../context.ts";

const page = 1000;

/** What a service cannot be deleted before: each as a sentence for people. Looked at when nothing new can be linked to it any more. */
export async function blockersOf({ database }: ApiContext, service: ServiceRecord): Promise<readonly string[]> {
  const { accountId } = service;
  const blockers: string[] = [];
  if (accountId === undefined) return blockers;
  const { projects } = database.as("system");
  for (let after: string | undefined; ; ) {
    const found = await projects.list({ after, limit: page });
    for (const { name, accountId: owner } of found) {
      if (owner === accountId) blockers.push(`The project ${name} belongs to it.`);
    }
    after = found.at(-1)?.name;
    if (found.length < page) return blockers;
  }
}
