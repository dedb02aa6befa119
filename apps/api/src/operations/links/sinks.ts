import { randomBytes } from "node:crypto";
import type { OperationContext } from "../../context.ts";
import type { Handlers } from "../../http/handler.ts";
import { orProblem } from "../../http/or-problem.ts";
import { Problem } from "../../http/problem.ts";
import { renderLater } from "../../jobs/render-link.ts";
import { showLink, showSink } from "../../links/show-links.ts";
import { writeWebhookSecret } from "../../sinks/post-webhook.ts";
import { findActiveLink, findLink } from "./find-link.ts";

type Operations = Pick<Handlers, "createLinkSink" | "deleteLinkSink" | "renderLinkSinks">;

const secretBytes = 32;

export function sinkOperations(context: OperationContext): Operations {
  const { database, vault, wakeJobs } = context;
  return {
    async createLinkSink(request) {
      const { caller, body } = request;
      const { link } = await findActiveLink(context, request);
      refuseImpossible(context, body);
      const { kind, ...settings } = body;
      const { linkSinks } = database.as(caller.actor);
      const secret = kind === "webhook" ? writeWebhookSecret(randomBytes(secretBytes)) : undefined;
      const options = secret === undefined ? {} : { seal: (id: string) => vault.seal(secret, linkSinks.contextOf(id)) };
      const sink = await orProblem(linkSinks.insert({ linkId: link.id, kind, settings }, options));
      const job = await renderLater(context, caller.actor, { linkId: link.id });
      wakeJobs();
      return {
        status: 202,
        headers: { location: `/api/jobs/${job.id}` },
        body: { job_id: job.id, sink: showSink(sink, undefined), ...(secret !== undefined && { secret }) },
      };
    },
    async deleteLinkSink(request) {
      const { link } = await findLink(context, request);
      const { linkSinks } = database.as(request.caller.actor);
      const sink = await linkSinks.find(request.params.sink_id);
      if (sink?.linkId !== link.id) throw new Problem("NOT_FOUND", { detail: "The link has no such sink." });
      await linkSinks.remove(sink.id);
      return { status: 204 };
    },
    async renderLinkSinks(request) {
      const { link } = await findActiveLink(context, request);
      const job = await renderLater(context, request.caller.actor, { linkId: link.id, isForced: true });
      wakeJobs();
      return {
        status: 202,
        headers: { location: `/api/jobs/${job.id}` },
        body: { job_id: job.id, link: await showLink(context, link) },
      };
    },
  };
}

type NewSink = { readonly kind: string; readonly url?: string; readonly include_values?: boolean };

/** What would fail whenever it is tried is said at once. */
function refuseImpossible({ config }: OperationContext, { kind, url = "", include_values }: NewSink): void {
  if (kind === "dotenv" && config.sinksDirectory === undefined) {
    throw new Problem("UNPROCESSABLE", {
      detail: "Files are written below one directory, and the api was started without one.",
      nextActions: ["Start the api with --sinks-dir."],
    });
  }
  if (kind !== "webhook") return;
  const { username, password, protocol } = new URL(url);
  if (username !== "" || password !== "") {
    throw new Problem("UNPROCESSABLE", { detail: "A URL with a password is shown to whoever sees the sink." });
  }
  if (include_values === true && protocol !== "https:" && !config.allowPrivateAddresses) {
    throw new Problem("UNPROCESSABLE", { detail: "Values are sent over https only." });
  }
}
