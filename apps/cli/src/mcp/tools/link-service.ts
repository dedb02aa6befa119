import { z } from "zod";
import { CliError } from "../../command/cli-error.ts";
import { findServiceId } from "../find-service.ts";
import { environment, file, project, service } from "../inputs.ts";
import { pullVariables } from "../pull-variables.ts";
import { settleJob } from "../settle-job.ts";
import { defineTool, type ToolContext } from "../tool.ts";

export const linkService = defineTool({
  name: "link_service",
  tier: "write",
  description:
    "Gives an application (a project that is there) a bucket of its own in a service, a key that opens nothing else, and the variables S3_* and AWS_*. With `file` they go into a new file of mode 0600, with `sink` to where the server brings them whenever they change; never into an answer. One that is linked already stays as it is, and gets the file or sink.",
  input: z.strictObject({
    service,
    project,
    environment,
    prefix: z
      .string()
      .max(32)
      .regex(/^[A-Z][A-Z0-9_]*$/)
      .optional()
      .describe("ASSETS makes ASSETS_S3_ENDPOINT and so on."),
    endpoint: z.enum(["internal", "network", "public"]).optional().describe("Which address the variables name."),
    file: file.optional(),
    sink: z
      .discriminatedUnion("kind", [
        z.strictObject({
          kind: z.literal("dotenv"),
          path: z.string().min(1).max(512).describe("Below the directory of sinks of the server."),
        }),
        z.strictObject({
          kind: z.literal("kubernetes"),
          namespace: z.string().min(1).max(63),
          name: z.string().min(1).max(253).describe("Of the Secret."),
        }),
      ])
      .optional(),
  }),
  isUntrusted: false,
  isIdempotent: true,
  operations: [
    "linkProject",
    "getLink",
    "getJob",
    "getServiceBySlug",
    "getLinkEnvironment",
    "pullLinkEnvironment",
    "createLinkSink",
  ],
  async run(context, { service: named, project: project_id, environment: env, prefix, endpoint, file: path, sink }) {
    const { api } = context;
    const id = await findServiceId(api, named);
    const at = { params: { id, project_id }, query: { environment: env } };
    const job = await link(context, id, {
      project_id,
      environment: env,
      ...(prefix !== undefined && { prefix }),
      ...(endpoint !== undefined && { endpoint }),
    });
    if (job !== undefined && job.state !== "completed") return { job };
    const written =
      sink && (await api.call("post /api/external-services/{id}/projects/{project_id}/sinks", { ...at, body: sink }));
    const sinkJob = written && (await settleJob(context, written.body.job_id));
    if (path !== undefined) await pullVariables(context, { ...at, path });
    const [{ body: found }, { body: variables }] = await Promise.all([
      api.call("get /api/external-services/{id}/projects/{project_id}", at),
      api.call("get /api/external-services/{id}/projects/{project_id}/environment", at),
    ]);
    const { bucket, access_key_id, revision, needs_redeploy } = found;
    return {
      link: {
        service: id,
        project: found.project.slug,
        environment: env,
        bucket,
        access_key_id,
        revision,
        needs_redeploy,
      },
      wasLinked: job === undefined,
      variables: Object.keys(variables),
      ...(path !== undefined && { file: path }),
      ...(written !== undefined && { sink: { id: written.body.sink.id, kind: written.body.sink.kind }, sinkJob }),
    };
  },
});

type Asked = {
  readonly project_id: string;
  readonly environment: string;
  readonly prefix?: string;
  readonly endpoint?: "internal" | "network" | "public";
};

/** Undefined: it is linked already. */
async function link(context: ToolContext, id: number, body: Asked) {
  const { api } = context;
  try {
    const began = await api.call("post /api/external-services/{id}/projects", { params: { id }, body });
    return await settleJob(context, began.body.job_id);
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== "Conflict") throw error;
    const { project_id, environment: env } = body;
    const found = await api
      .call("get /api/external-services/{id}/projects/{project_id}", {
        params: { id, project_id },
        query: { environment: env },
      })
      .catch(() => undefined);
    if (found?.body.status !== "active") throw error;
    return undefined;
  }
}
