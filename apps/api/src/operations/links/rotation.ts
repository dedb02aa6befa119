import type { JobRecord, LinkRecord, ServiceRecord } from "@stave/control-database";
import type { OperationContext } from "../../context.ts";
import type { Handlers } from "../../http/handler.ts";
import { orProblem } from "../../http/or-problem.ts";
import { Problem } from "../../http/problem.ts";
import { retireKey } from "../../jobs/retire-key.ts";
import { rotateLinkJob } from "../../jobs/rotate-link.ts";
import { showLink } from "../../links/show-links.ts";
import { findService } from "../services/find-service.ts";
import { findActiveLink } from "./find-link.ts";

type Operations = Pick<Handlers, "rotateLink" | "rotateLinksOfService" | "retireLinkKey">;

const page = 100;

export function rotationOperations(context: OperationContext): Operations {
  const { database, wakeJobs } = context;
  const rotate = async (actor: string, link: LinkRecord, graceSeconds: number): Promise<JobRecord> => {
    refuseUnrotatable(link);
    const data = { linkId: link.id, graceSeconds };
    return await orProblem(
      database.as(actor).jobs.create({ type: rotateLinkJob.type, subject: `link:${link.id}`, data }),
    );
  };

  return {
    async rotateLink(request) {
      const { link, service } = await findActiveLink(context, request);
      requireRunning(service);
      const job = await rotate(request.caller.actor, link, request.body.grace_seconds);
      wakeJobs();
      return {
        status: 202,
        headers: { location: `/api/jobs/${job.id}` },
        body: { job_id: job.id, link: await showLink(context, link) },
      };
    },
    async rotateLinksOfService({ caller, params, body }) {
      const service = await findService(context, params.id);
      requireRunning(service);
      const jobs: { link_id: string; job_id: string }[] = [];
      const skipped: { link_id: string; reason: string }[] = [];
      for await (const link of linksOf(context, service.id)) {
        try {
          const { id } = await rotate(caller.actor, link, body.grace_seconds);
          jobs.push({ link_id: link.id, job_id: id });
        } catch (error) {
          if (!(error instanceof Problem)) throw error;
          skipped.push({ link_id: link.id, reason: error.message });
        }
      }
      wakeJobs();
      return { status: 202, body: { jobs, skipped } };
    },
    async retireLinkKey(request) {
      const { link } = await findActiveLink(context, request);
      const { id: linkId, previousKeyId: accessKeyId } = link;
      if (accessKeyId === undefined) throw new Problem("CONFLICT", { detail: "The link has no old key." });
      const job = await retireKey(context, request.caller.actor, { linkId, accessKeyId, at: context.now() });
      wakeJobs();
      return {
        status: 202,
        headers: { location: `/api/jobs/${job.id}` },
        body: { job_id: job.id, link: await showLink(context, link) },
      };
    },
  };
}

function refuseUnrotatable({ credentials, status }: LinkRecord): void {
  if (credentials === "service") {
    throw new Problem("UNPROCESSABLE", {
      detail: "The link uses the credentials of the service: they are rotated with the service.",
    });
  }
  if (status !== "active") throw new Problem("CONFLICT", { detail: `The link is ${status}.` });
}

function requireRunning({ name, status }: ServiceRecord): void {
  if (status !== "running") throw new Problem("CONFLICT", { detail: `The service ${name} is ${status}, not running.` });
}

async function* linksOf({ database }: OperationContext, serviceId: number): AsyncGenerator<LinkRecord> {
  for (let after: string | undefined; ; ) {
    const found = await database.as("system").links.list({ serviceId, after, limit: page });
    yield* found;
    after = found.at(-1)?.id;
    if (found.length < page) return;
  }
}
