import { z } from "zod";
import { CliError } from "../../command/cli-error.ts";
import { findServiceId } from "../find-service.ts";
import { dryRun, service } from "../inputs.ts";
import { defineTool } from "../tool.ts";

export const removeService = defineTool({
  name: "remove_service",
  tier: "destructive",
  description:
    "Removes a service for good. One that is linked to a project, or holds objects, is refused: that is for the person to decide (stave services remove). Backups stay. With dry_run, which is on when not said, it only tells what would go and what stands in the way.",
  input: z.strictObject({
    service,
    name: z.string().min(1).max(63).describe("Its name, in full: it must be the one that is meant."),
    dry_run: dryRun,
  }),
  isUntrusted: true,
  isIdempotent: true,
  operations: ["getService", "getServiceBySlug", "deleteService"],
  async run({ api }, { service: named, name, dry_run: isDry }) {
    const params = { id: await findServiceId(api, named) };
    const { body: detail } = await api.call("get /api/external-services/{id}", { params });
    if (detail.service.name !== name) {
      throw new CliError("Usage", "The service has another name than the one that was given.", {
        next: ["Look with get_service which service it is, and ask the person which one is meant."],
      });
    }
    const query = { dry_run: isDry ? "true" : "false" } as const;
    const { status, body, headers } = await api.call("delete /api/external-services/{id}", { params, query });
    if (status === 200) return { dry_run: true, wouldGo: body };
    const job = status === 202 ? (headers.location ?? "").replace("/api/jobs/", "") : undefined;
    return { dry_run: false, removed: { id: params.id, name }, ...(job !== undefined && { job }) };
  },
});
