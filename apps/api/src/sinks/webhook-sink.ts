import type { LinkRecord } from "@stave/control-database";
import { sendRequest, signWebhook } from "@stave/outgoing-requests";
import { type Delivery, type Sink, SinkError, type SinkTask } from "./sink.ts";

const timeoutMs = 10_000;
const maxAnswerBytes = 1024;

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

async function send(
  { context, sink, signal }: SinkTask,
  { id, type, data }: { readonly id: string; readonly type: string; readonly data: object },
): Promise<void> {
  const url = new URL(String(sink.settings.url));
  const at = context.now();
  const body = JSON.stringify({ type, timestamp: at.toISOString(), data });
  const headers = { "content-type": "application/json", host: url.host, "user-agent": "Stave" };
  const status = await sendRequest(
    {
      method: "POST",
      origin: new URL(url.origin),
      target: url.pathname + url.search,
      headers: { ...headers, ...signWebhook({ id, at, body }, await secretOf({ context, sink })) },
      body: Buffer.from(body),
    },
    {
      addresses: context.addresses,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      idleTimeoutMs: timeoutMs,
      maxAnswerBytes,
    },
  ).then(
    (answer) => answer.status,
    (cause: unknown) => {
      const isRefused = cause instanceof Error && cause.name === "AddressRefused";
      const reason = isRefused
        ? "its address is not public: see --allow-private-addresses"
        : "it could not be reached, or did not answer in time";
      throw new SinkError(`The webhook failed: ${reason}.`, { mayRetry: !isRefused, cause });
    },
  );
  if (status < 200 || status > 299) throw new SinkError(`The webhook answered ${status}.`, { mayRetry: true });
}

async function secretOf({ context, sink }: Pick<SinkTask, "context" | "sink">): Promise<Buffer> {
  if (sink.secretEnvelope === undefined) throw new SinkError("The webhook has no secret.", { mayRetry: false });
  const { linkSinks } = context.database.as("system");
  return readSecret(await context.vault.open(sink.secretEnvelope, linkSinks.contextOf(sink.id)));
}

const secretPrefix = "whsec_";

/** As receivers of Standard Webhooks want it. */
export function writeSecret(secret: Buffer): string {
  return secretPrefix + secret.toString("base64");
}

function readSecret(text: string): Buffer {
  return Buffer.from(text.slice(secretPrefix.length), "base64");
}
