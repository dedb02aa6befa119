import { defineRoute } from "../define-route.ts";
import { timestamp } from "../pagination.ts";
import { z } from "../zod.ts";
import { environmentName, projectId } from "./projects.ts";

const tag = "Links";
const serviceId = () => z.coerce.number().int().min(1).max(2_147_483_647);
const idText = () => z.string().regex(/^[0-9a-f]{1,32}$/);

const ofService = z.strictObject({ id: serviceId() });
const ofLink = z.strictObject({ id: serviceId(), project_id: projectId() });
const environment = { environment: environmentName().default("production") };
const inEnvironment = z.strictObject(environment);

/** As `ASSETS`: the variables are `ASSETS_S3_ENDPOINT` and so on. */
const prefix = () =>
  z
    .string()
    .max(32)
    .regex(/^(?:[A-Z][A-Z0-9_]*)?$/, "Expected upper-case letters, digits and underscores");
const endpoint = () => z.enum(["internal", "network", "public"]);

const path = "/api/external-services/{id}/projects/{project_id}";

export const linkSinkSchema = z
  .strictObject({
    id: z.string(),
    kind: z.enum(["dotenv", "kubernetes", "webhook"]),
    settings: z.record(z.string(), z.unknown()),
    /** Whether it has what the variables are now. */
    is_current: z.boolean(),
    rendered_revision: z.string().nullable(),
    rendered_at: timestamp().nullable(),
    /** Why the last attempt has failed. */
    error: z.string().nullable(),
    failed_at: timestamp().nullable(),
    created_at: timestamp(),
  })
  .openapi("LinkSink");

export const linkSchema = z
  .strictObject({
    id: z.string(),
    service: z.strictObject({ id: z.int(), name: z.string(), slug: z.string() }),
    project: z.strictObject({ id: z.string(), name: z.string(), slug: z.string(), created_at: timestamp() }),
    environment: z.string(),
    status: z.enum(["creating", "active", "removing"]),
    bucket: z.string().nullable(),
    prefix: z.string(),
    endpoint: endpoint(),
    credentials: z.enum(["own", "service"]),
    access_key_id: z.string().nullable(),
    key_last_used_at: timestamp().nullable(),
    /** The key before the last rotation, while it may still be valid. `expires_at` is null when it is valid until it is retired. */
    previous_key: z
      .strictObject({
        access_key_id: z.string(),
        expires_at: timestamp().nullable(),
        last_used_at: timestamp().nullable(),
      })
      .nullable(),
    /** Changes with every change of a variable; null while there are none that work. */
    revision: z.string().nullable(),
    deployed_revision: z.string().nullable(),
    deployed_at: timestamp().nullable(),
    /** Until the application confirms the revision, or uses the key that came with it. */
    needs_redeploy: z.boolean(),
    sinks: z.array(linkSinkSchema),
    created_at: timestamp(),
  })
  .openapi("Link");

const began = z.strictObject({ job_id: z.string(), link: linkSchema });
const masked = z.record(z.string(), z.string());

const dotenvSink = z.strictObject({
  kind: z.literal("dotenv"),
  /** Relative to the directory of `--sinks-dir`. */
  path: z
    .string()
    .min(1)
    .max(512)
    .regex(/^[\w.@+-]+(?:\/[\w.@+-]+)*$/, "Expected a relative path of letters, digits and . _ - @ +")
    .refine((text) => !text.split("/").some((part) => part === "." || part === ".."), "Expected no `.` and `..`"),
});

const kubernetesName = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/, "Expected a name of Kubernetes");

const kubernetesSink = z.strictObject({
  kind: z.literal("kubernetes"),
  namespace: kubernetesName(63),
  name: kubernetesName(253),
  /** `variables`: all of them. `flat`: ACCESS_KEY, SECRET_KEY, ENDPOINT, REGION, BUCKET. `obc`: as an ObjectBucketClaim. */
  format: z.enum(["variables", "flat", "aws", "obc"]).default("variables"),
  /** Takes fields over that somebody else has set. */
  force: z.boolean().default(false),
});

const webhookSink = z.strictObject({
  kind: z.literal("webhook"),
  url: z.url({ protocol: /^https?$/ }).max(1024),
  /** Whether the values are sent, and not only what has changed. */
  include_values: z.boolean().default(false),
});

export const serviceLinkRoutes = {
  listLinksOfProject: defineRoute({
    method: "get",
    path: "/api/external-services/projects/{project_id}",
    summary: "What a project is linked to.",
    tag,
    access: "services:read",
    params: z.strictObject({ project_id: projectId() }),
    answers: { 200: z.array(linkSchema) },
  }),
  listLinksOfService: defineRoute({
    method: "get",
    path: "/api/external-services/{id}/projects",
    summary: "Which projects are linked to a service, by the id of the link.",
    tag,
    access: "services:read",
    params: ofService,
    query: z.strictObject({
      limit: z.coerce.number().int().min(1).max(100).default(100),
      after: idText().optional(),
    }),
    answers: { 200: z.array(linkSchema) },
  }),
  linkProject: defineRoute({
    method: "post",
    path: "/api/external-services/{id}/projects",
    summary: "Links a project's environment to a service: with a bucket of its own, and a key that opens nothing else.",
    tag,
    access: "services:write",
    params: ofService,
    body: z.strictObject({
      project_id: projectId(),
      ...environment,
      prefix: prefix().default(""),
      /** Without: `network` of a service in a container, else `public`. */
      endpoint: endpoint().optional(),
      /** For engines that cannot make keys: the application gets the pair that opens all of the service. */
      use_service_credentials: z.boolean().default(false),
    }),
    answers: { 202: began },
    problems: ["CONFLICT", "UNPROCESSABLE"],
  }),
  rotateLinksOfService: defineRoute({
    method: "post",
    path: "/api/external-services/{id}/projects/rotate",
    summary: "Rotates the keys of all links of a service.",
    tag,
    access: "services:write",
    alsoNeeds: ["secrets:reveal"],
    params: ofService,
    body: z.strictObject({
      grace_seconds: z
        .int()
        .min(0)
        .max(30 * 86_400)
        .default(86_400),
    }),
    answers: {
      202: z.strictObject({
        jobs: z.array(z.strictObject({ link_id: z.string(), job_id: z.string() })),
        /** Links whose keys are not rotated, and why. */
        skipped: z.array(z.strictObject({ link_id: z.string(), reason: z.string() })),
      }),
    },
    problems: ["CONFLICT"],
  }),
  getLink: defineRoute({
    method: "get",
    path,
    summary: "One link: its bucket, its key, its sinks, and whether the application must be redeployed.",
    tag,
    access: "services:read",
    params: ofLink,
    query: inEnvironment,
    answers: { 200: linkSchema },
  }),
  updateLink: defineRoute({
    method: "patch",
    path,
    summary: "Changes the prefix of the variables, or which address they name. Sinks are written again.",
    tag,
    access: "services:write",
    params: ofLink,
    query: inEnvironment,
    body: z.strictObject({ prefix: prefix().optional(), endpoint: endpoint().optional() }),
    answers: { 200: linkSchema },
    problems: ["CONFLICT", "PRECONDITION_FAILED"],
  }),
  unlinkProject: defineRoute({
    method: "delete",
    path,
    summary:
      "Unlinks: keys of the link are refused from then on, and its sinks are cleaned. The bucket stays with all objects.",
    tag,
    access: "services:write",
    params: ofLink,
    query: inEnvironment,
    answers: { 202: z.strictObject({ job_id: z.string() }) },
    problems: ["CONFLICT", "PRECONDITION_FAILED"],
  }),
  getLinkEnvironment: defineRoute({
    method: "get",
    path: `${path}/environment`,
    summary: "The variables that the application gets; secrets are masked.",
    tag,
    access: "services:read",
    params: ofLink,
    query: inEnvironment,
    answers: { 200: masked },
    problems: ["CONFLICT"],
  }),
  revealLinkVariable: defineRoute({
    method: "get",
    path: `${path}/environment/{variable}`,
    summary: "One variable in plain. Is in the audit log.",
    tag,
    access: "services:read",
    alsoNeeds: ["secrets:reveal"],
    params: ofLink.extend({
      variable: z
        .string()
        .max(100)
        .regex(/^[A-Z][A-Z0-9_]*$/),
    }),
    query: inEnvironment,
    answers: { 200: z.strictObject({ name: z.string(), value: z.string(), sensitive: z.boolean() }) },
    problems: ["CONFLICT"],
    isSecret: true,
  }),
  pullLinkEnvironment: defineRoute({
    method: "get",
    path: `${path}/environment-file`,
    summary:
      "All variables in plain, as a file. Is in the audit log; `x-stave-revision` is what to confirm after the redeploy.",
    tag,
    access: "services:read",
    alsoNeeds: ["secrets:reveal"],
    params: ofLink,
    query: z.strictObject({ ...environment, format: z.enum(["dotenv", "export", "json", "k8s"]).default("dotenv") }),
    answers: { 200: { mediaType: "text/plain" } },
    problems: ["CONFLICT", "UNPROCESSABLE"],
    isSecret: true,
  }),
  issueRuntimeCredentials: defineRoute({
    method: "post",
    path: `${path}/environments/{environment}/runtime-credentials`,
    summary:
      "All variables of an environment in plain, as JSON, with its bucket made again when it is gone. For deployers. Is in the audit log.",
    tag,
    access: "services:write",
    alsoNeeds: ["secrets:reveal"],
    params: ofLink.extend({ environment: environmentName() }),
    answers: { 200: z.strictObject({ variables: z.record(z.string(), z.string()), revision: z.string() }) },
    problems: ["CONFLICT", "UNAVAILABLE"],
    isSecret: true,
  }),
  previewEnvironmentNames: defineRoute({
    method: "get",
    path: "/api/external-services/{id}/preview-environment-names",
    summary: "The names of the variables that a link would inject.",
    tag,
    access: "services:read",
    params: ofService,
    query: z.strictObject({ prefix: prefix().default("") }),
    answers: { 200: z.array(z.string()) },
  }),
  previewEnvironmentMasked: defineRoute({
    method: "get",
    path: "/api/external-services/{id}/preview-environment-masked",
    summary: "The variables that a link would inject; secrets are masked. Nothing is made.",
    tag,
    access: "services:read",
    params: ofService,
    query: z.strictObject({
      project_id: projectId(),
      ...environment,
      prefix: prefix().default(""),
      /** Without: `network` of a service in a container, else `public`. */
      endpoint: endpoint().optional(),
    }),
    answers: { 200: masked },
    problems: ["CONFLICT"],
  }),
  confirmDeployed: defineRoute({
    method: "post",
    path: `${path}/deployed`,
    summary: "The application runs with this revision of its variables.",
    tag,
    access: "services:write",
    params: ofLink,
    query: inEnvironment,
    body: z.strictObject({ revision: idText() }),
    answers: { 200: linkSchema },
    problems: ["CONFLICT"],
  }),
  rotateLink: defineRoute({
    method: "post",
    path: `${path}/rotate`,
    summary: "Gives the link a new key. The old one is valid for a while, and then refused.",
    tag,
    access: "services:write",
    alsoNeeds: ["secrets:reveal"],
    params: ofLink,
    query: inEnvironment,
    body: z.strictObject({
      grace_seconds: z
        .int()
        .min(0)
        .max(30 * 86_400)
        .default(86_400),
    }),
    answers: { 202: began },
    problems: ["CONFLICT", "UNPROCESSABLE"],
  }),
  retireLinkKey: defineRoute({
    method: "post",
    path: `${path}/retire`,
    summary: "Revokes the key before the last rotation now, and does not wait until it expires.",
    tag,
    access: "services:write",
    params: ofLink,
    query: inEnvironment,
    answers: { 202: began },
    problems: ["CONFLICT"],
  }),
  createLinkSink: defineRoute({
    method: "post",
    path: `${path}/sinks`,
    summary: "Brings the variables somewhere, now and whenever they change. A webhook's secret is answered this once.",
    tag,
    access: "services:write",
    alsoNeeds: ["secrets:reveal"],
    params: ofLink,
    query: inEnvironment,
    body: z.discriminatedUnion("kind", [dotenvSink, kubernetesSink, webhookSink]),
    answers: {
      202: z.strictObject({ job_id: z.string(), sink: linkSinkSchema, secret: z.string().optional() }),
    },
    problems: ["CONFLICT", "UNPROCESSABLE"],
    isSecret: true,
  }),
  deleteLinkSink: defineRoute({
    method: "delete",
    path: `${path}/sinks/{sink_id}`,
    summary: "Forgets a sink. What it has written last stays there.",
    tag,
    access: "services:write",
    params: ofLink.extend({ sink_id: idText() }),
    query: inEnvironment,
    answers: { 204: "empty" },
  }),
  renderLinkSinks: defineRoute({
    method: "post",
    path: `${path}/render`,
    summary: "Writes all sinks of a link again.",
    tag,
    access: "services:write",
    params: ofLink,
    query: inEnvironment,
    answers: { 202: began },
    problems: ["CONFLICT"],
  }),
};
