import type { ProjectRecord } from "@stave/control-database";
import type { Scope } from "@stave/s3-policy";
import type { ApiContext } from "../context.ts";
import { Problem } from "../http/problem.ts";
import type { KeyService } from "./find-key-service.ts";

type Asked = { readonly project?: string | undefined; readonly scope?: Scope | undefined };
type Found = { readonly project?: ProjectRecord; readonly scope?: Scope };

/** The project that a key counts for, and a scope that stays within it. Throws a {@link Problem}. */
export async function scopeInProject(context: ApiContext, service: KeyService, asked: Asked): Promise<Found> {
  const { scope } = asked;
  const on = scope?.on;
  const named = on !== undefined && "project" in on ? on.project : undefined;
  const name = asked.project ?? named;
  if (name === undefined) return { ...(scope !== undefined && { scope }) };
  const project = await findProject(context, service, name);
  if (named !== undefined && named !== project.id && named !== project.name) {
    throw new Problem("UNPROCESSABLE", { detail: "The scope is on another project than the key." });
  }
  if (on === undefined || "project" in on) {
    return { project, scope: { ...(scope ?? { access: "full" }), on: { project: project.id } } };
  }
  const buckets = await context.database.as("system").projects.bucketsOf(project.id);
  if (!buckets.includes(on.bucket)) {
    throw new Problem("UNPROCESSABLE", { detail: `The project ${project.name} has no bucket ${on.bucket}.` });
  }
  return { project, ...(scope !== undefined && { scope }) };
}

/** Throws a {@link Problem}, also for projects whose buckets the keys of this service do not open. */
export async function findProject(
  { database }: ApiContext,
  service: KeyService,
  idOrName: string,
): Promise<ProjectRecord> {
  const project = await database.as("system").projects.find(idOrName);
  if (project === undefined) throw new Problem("NOT_FOUND", { detail: `There is no project ${idOrName}.` });
  if (project.accountId === service.accountId) return project;
  throw new Problem("UNPROCESSABLE", {
    detail: `The buckets of the project ${project.name} are not on the service ${service.name}.`,
  });
}
