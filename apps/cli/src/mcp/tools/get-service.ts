import { z } from "zod";
import { findServiceId } from "../find-service.ts";
import { service } from "../inputs.ts";
import { defineTool } from "../tool.ts";

export const getService = defineTool({
  name: "get_service",
  tier: "read",
  description:
    "One service: endpoints, parameters (secrets are ***), container, health, and the projects that are linked to it. Changes nothing.",
  input: z.strictObject({ service }),
  isUntrusted: true,
  isIdempotent: true,
  operations: ["getService", "getServiceBySlug", "getServiceHealthStatus", "listLinksOfService"],
  async run({ api }, { service: named }) {
    const params = { id: await findServiceId(api, named) };
    const [detail, health, links] = await Promise.all([
      api.call("get /api/external-services/{id}", { params }),
      api.call("get /api/external-services/{id}/health-status", { params, query: { limit: 1 } }),
      api.call("get /api/external-services/{id}/projects", { params, query: { limit: 100 } }),
    ]);
    const { service: found, container, current_parameters: parameters } = detail.body;
    const { status, reason, checked_at, uptime_24h_percent } = health.body;
    return {
      service: found,
      container,
      parameters,
      health: { status, reason, checked_at, uptime_24h_percent },
      links: links.body.map(({ project, environment, status: state, bucket, access_key_id, needs_redeploy }) => ({
        project: project.slug,
        environment,
        status: state,
        bucket,
        access_key_id,
        needs_redeploy,
      })),
    };
  },
});
