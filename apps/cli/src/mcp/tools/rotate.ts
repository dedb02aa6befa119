import { z } from "zod";
import { findServiceId } from "../find-service.ts";
import { environment, project, service } from "../inputs.ts";
import { settleJob } from "../settle-job.ts";
import { defineTool } from "../tool.ts";

export const rotate = defineTool({
  name: "rotate",
  tier: "write",
  description:
    "Gives a linked application (with `project`) or a whole service (without) new credentials, which are in no answer: sinks are written again, and applications must be redeployed before the old ones end. External services are rotated by the person: stave services rotate.",
  input: z.strictObject({
    service,
    project: project.optional(),
    environment,
    graceSeconds: z
      .int()
      .min(60)
      .max(604_800)
      .optional()
      .describe("How long the old credentials still work; a day when not said."),
  }),
  isUntrusted: false,
  isIdempotent: false,
  operations: ["rotateLink", "rotateService", "getJob", "getServiceBySlug"],
  async run(context, { service: named, project: project_id, environment: env, graceSeconds }) {
    const { api } = context;
    const id = await findServiceId(api, named);
    const body = graceSeconds === undefined ? {} : { grace_seconds: graceSeconds };
    if (project_id !== undefined) {
      const began = await api.call("post /api/external-services/{id}/projects/{project_id}/rotate", {
        params: { id, project_id },
        query: { environment: env },
        body,
      });
      return { job: await settleJob(context, began.body.job_id), next: ["Redeploy the application."] };
    }
    const {
      status,
      body: answer,
      headers,
    } = await api.call("post /api/external-services/{id}/rotate", {
      params: { id },
      body,
    });
    if (status === 200) {
      const { service: found, previous_expires_at, stale_links } = answer;
      return { service: { id: found.id, access_key: found.access_key }, previous_expires_at, stale_links };
    }
    const jobId = (headers.location ?? "").replace("/api/jobs/", "");
    return { job: await settleJob(context, jobId) };
  },
});
