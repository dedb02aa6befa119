import type { LinkRecord } from "@stave/control-database";
import { postWebhook, readWebhookSecret, type WebhookMessage } from "./post-webhook.ts";
import { type Delivery, type Sink, SinkError, type SinkTask } from "./sink.ts";

/** A deployer of somebody else, who is told what has changed, and proven that it was us. */
export const webhookSink: Sink = {
  async render(task, { link, service, project, revision, variables }) {
    const data = {
      ...describe(link),
      project: project.name,
      service: service.slug,
      revision,
      names: Object.keys(variables),
      ...(task.sink.settings.include_values === true && { variables }),
    };
    await send(task, { id: `${task.sink.id}-${revision}`, type: "link.variables", data });
  },
  async clean(task, link) {
    await send(task, { id: `${task.sink.id}-removed`, type: "link.removed", data: describe(link) });
  },
};

function describe({ id, serviceId, projectId, environment }: Delivery["link"]) {
  return { link_id: id, service_id: serviceId, project_id: projectId, environment } satisfies Record<
    string,
    LinkRecord[keyof LinkRecord]
  >;
}

async function send({ context, sink, signal }: SinkTask, message: WebhookMessage): Promise<void> {
  const secret = await secretOf({ context, sink });
  await postWebhook(context, message, { url: String(sink.settings.url), secret, signal });
}

async function secretOf({ context, sink }: Pick<SinkTask, "context" | "sink">): Promise<Buffer> {
  if (sink.secretEnvelope === undefined) throw new SinkError("The webhook has no secret.", { mayRetry: false });
  const { linkSinks } = context.database.as("system");
  return readWebhookSecret(await context.vault.open(sink.secretEnvelope, linkSinks.contextOf(sink.id)));
}
