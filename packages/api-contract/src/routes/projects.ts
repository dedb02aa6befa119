import { defineRoute } from "../define-route.ts";
import { pageOf, pageQuery, timestamp } from "../pagination.ts";
import { plainTitle } from "../plain-text.ts";
import { z } from "../zod.ts";

const tag = "Projects";

const slug = () =>
  z
    .string()
    .max(48)
    .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/, "Expected lower-case letters, digits and hyphens");

/** The name of an environment: part of the names of its buckets. */
export const environmentName = () =>
  z
    .string()
    .max(32)
    .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/, "Expected lower-case letters, digits and hyphens");

/** The id of a project, or its slug. */
export const projectId = () =>
  z
    .string()
    .max(63)
    .regex(/^[a-z0-9-]+$/);

const params = z.strictObject({ id: projectId() });

export const projectSchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    slug: z.string(),
    environments: z.array(z.string()),
    createdAt: timestamp(),
  })
  .openapi("Project");

const answer = z.strictObject({ data: projectSchema });

export const projectRoutes = {
  listProjects: defineRoute({
    method: "get",
    path: "/api/projects",
    summary: "Projects, by slug.",
    tag,
    access: "projects:read",
    query: z.strictObject(pageQuery),
    answers: { 200: pageOf(projectSchema) },
  }),
  createProject: defineRoute({
    method: "post",
    path: "/api/projects",
    summary: "Creates a project with the environment `production`. Without a slug it has one made of its name.",
    tag,
    access: "projects:write",
    body: z.strictObject({ name: plainTitle(), slug: slug().optional() }),
    answers: { 201: answer },
    problems: ["CONFLICT", "UNPROCESSABLE"],
  }),
  getProject: defineRoute({
    method: "get",
    path: "/api/projects/{id}",
    summary: "A project, by its id or slug.",
    tag,
    access: "projects:read",
    params,
    answers: { 200: answer },
  }),
  updateProject: defineRoute({
    method: "patch",
    path: "/api/projects/{id}",
    summary: "Renames a project. Its slug stays: buckets and scopes are named after it.",
    tag,
    access: "projects:write",
    params,
    body: z.strictObject({ name: plainTitle() }),
    answers: { 200: answer },
    problems: ["PRECONDITION_FAILED"],
  }),
  deleteProject: defineRoute({
    method: "delete",
    path: "/api/projects/{id}",
    summary:
      "Deletes a project that is linked to no service. Buckets stay; access keys that are limited to the project open nothing any more.",
    tag,
    access: "projects:write",
    params,
    answers: { 204: "empty" },
    problems: ["CONFLICT", "PRECONDITION_FAILED"],
  }),
  createEnvironment: defineRoute({
    method: "post",
    path: "/api/projects/{id}/environments",
    summary: "Adds an environment: links of each have buckets and keys of their own.",
    tag,
    access: "projects:write",
    params,
    body: z.strictObject({ name: environmentName() }),
    answers: { 201: answer },
    problems: ["CONFLICT"],
  }),
  deleteEnvironment: defineRoute({
    method: "delete",
    path: "/api/projects/{id}/environments/{environment}",
    summary: "Removes an environment that is not linked. Its buckets stay.",
    tag,
    access: "projects:write",
    params: z.strictObject({ id: projectId(), environment: environmentName() }),
    answers: { 204: "empty" },
    problems: ["CONFLICT"],
  }),
};
