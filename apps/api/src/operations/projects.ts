import { firstEnvironment, type ProjectRecord } from "@stave/control-database";
import type { OperationContext } from "../context.ts";
import type { Handlers } from "../http/handler.ts";
import { orProblem } from "../http/or-problem.ts";
import { Problem } from "../http/problem.ts";
import { etagOf, ifMatches } from "../http/require-revision.ts";
import { findDefaultAccountId } from "../services/default-service.ts";

type Operations = Pick<
  Handlers,
  | "listProjects"
  | "createProject"
  | "getProject"
  | "updateProject"
  | "deleteProject"
  | "createEnvironment"
  | "deleteEnvironment"
>;

const maxSlugLength = 48;

export function projectOperations(context: OperationContext): Operations {
  const { database, now } = context;
  const show = async (projects: readonly ProjectRecord[]) => {
    const environments = await database.as("system").environments.list(projects.map(({ id }) => id));
    return projects.map(({ id, name, title, createdAt }) => ({
      id,
      name: title ?? name,
      slug: name,
      environments: [...(environments.get(id) ?? [])],
      createdAt: createdAt.toISOString(),
    }));
  };
  const answer = async (project: ProjectRecord) => {
    const [data] = await show([project]);
    if (data === undefined) throw new Problem("NOT_FOUND");
    return { headers: { etag: etagOf(project.revision) }, body: { data } };
  };

  return {
    async listProjects({ query: { limit, cursor } }) {
      const after = cursor === undefined ? undefined : readCursor(cursor);
      const found = await database.as("system").projects.list({ after, limit });
      const last = found.length === limit ? found.at(-1)?.name : undefined;
      return {
        status: 200,
        body: { data: await show(found), nextCursor: last === undefined ? null : writeCursor(last) },
      };
    },
    async createProject({ caller, body: { name: title, slug = slugOf(title) } }) {
      if (slug === "") {
        throw new Problem("UNPROCESSABLE", { detail: "No slug can be made of this name: send one as `slug`." });
      }
      const accountId = await findDefaultAccountId(context);
      if (accountId === undefined) throw new Problem("CONFLICT", { detail: "The gateway has no account yet." });
      const project = { name: slug, title, accountId, createdAt: now() };
      const made = await orProblem(database.as(caller.actor).projects.create(project));
      return { status: 201, ...(await answer(made)) };
    },
    async getProject({ params }) {
      return { status: 200, ...(await answer(await findProject(context, params.id))) };
    },
    async updateProject({ caller, params, body, message }) {
      const { id, ...present } = await findProject(context, params.id);
      const options = ifMatches(message, present.revision);
      const renamed = await orProblem(database.as(caller.actor).projects.rename(id, body.name, options));
      return { status: 200, ...(await answer(renamed)) };
    },
    async deleteProject({ caller, params, message }) {
      const { id, revision } = await findProject(context, params.id);
      await orProblem(database.as(caller.actor).projects.remove(id, ifMatches(message, revision)));
      return { status: 204 };
    },
    async createEnvironment({ caller, params, body: { name } }) {
      const project = await findProject(context, params.id);
      await orProblem(database.as(caller.actor).environments.add({ projectId: project.id, name }));
      return { status: 201, ...(await answer(await findProject(context, project.id))) };
    },
    async deleteEnvironment({ caller, params: { id, environment } }) {
      const project = await findProject(context, id);
      if (environment === firstEnvironment) {
        throw new Problem("CONFLICT", { detail: `Every project has ${firstEnvironment}.` });
      }
      await orProblem(database.as(caller.actor).environments.remove({ projectId: project.id, name: environment }));
      return { status: 204 };
    },
  };
}

/** By its id, or its slug. Throws a {@link Problem} when there is none. */
export async function findProject(
  { database }: Pick<OperationContext, "database">,
  id: string,
): Promise<ProjectRecord> {
  const project = await database.as("system").projects.find(id);
  if (project === undefined) throw new Problem("NOT_FOUND", { detail: "There is no such project." });
  return project;
}

function slugOf(title: string): string {
  return title
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/\p{M}+/gu, "")
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, maxSlugLength)
    .replaceAll(/^-+|-+$/g, "");
}

function writeCursor(slug: string): string {
  return Buffer.from(slug).toString("base64url");
}

function readCursor(cursor: string): string {
  const slug = Buffer.from(cursor, "base64url").toString();
  if (/^[a-z0-9-]{1,63}$/.test(slug) && writeCursor(slug) === cursor) return slug;
  throw new Problem("INVALID_REQUEST", { detail: "The cursor is none that was answered." });
}
