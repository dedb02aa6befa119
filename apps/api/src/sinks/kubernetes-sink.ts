// Server-side apply: https://kubernetes.io/docs/reference/using-api/server-side-apply/
import { z } from "@stave/api-contract";
import type { LinkRecord } from "@stave/control-database";
import type { Agent, request } from "undici";
import type { Variables } from "../links/link-variables.ts";
import { type KubernetesAccess, readKubernetesAccess } from "./kubernetes-access.ts";
import { type Delivery, type Sink, SinkError, type SinkTask } from "./sink.ts";

const timeoutMs = 10_000;
const maxAnswerBytes = 2 * 1024 * 1024;

const settingsSchema = z.strictObject({
  namespace: z.string(),
  name: z.string(),
  format: z.enum(["variables", "flat", "aws", "obc"]),
  force: z.boolean(),
});
type Settings = z.output<typeof settingsSchema>;

/** A Secret, of which the keys are ours that we have applied; what others have put there stays theirs. */
export const kubernetesSink: Sink = {
  async render(task, { link, variables }) {
    const settings = settingsSchema.parse(task.sink.settings);
    const data = Object.entries(secretKeys(settings.format, variables, link)).map(([name, value]) => [
      name,
      Buffer.from(value).toString("base64"),
    ]);
    await withApi(task, async (call) => {
      await apply(call, settings, link, { labels: labelsOf(link), type: "Opaque", data: Object.fromEntries(data) });
    });
  },
  async clean(task, link) {
    const settings = settingsSchema.parse(task.sink.settings);
    await withApi(task, async (call) => {
      const path = pathOf(settings);
      const found = await call({ method: "GET", path });
      if (found.status === 404 || !isManaged(found.body, link)) return;
      // Applying nothing gives up all that we own. What nobody owns then is gone.
      const { metadata, data } = await apply(call, settings, link, {});
      const isEmpty = data === undefined || Object.keys(data).length === 0;
      const isOurs = !metadata.managedFields?.some(({ manager }) => manager !== managerOf(link));
      if (!isEmpty || !isOurs) return;
      const { uid, resourceVersion } = metadata;
      const body = { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid, resourceVersion } };
      const { status } = await call({ method: "DELETE", path, body });
      if (status !== 200 && status !== 202 && status !== 404 && status !== 409) throw answered(status, undefined);
    });
  },
};

/** Each link is a manager of its own, so that two that apply to one Secret do not take each other's keys away. */
function managerOf({ id }: LinkRecord): string {
  return `stave-${id}`;
}

function labelsOf({ id }: LinkRecord): Record<string, string> {
  return { "app.kubernetes.io/managed-by": "stave", [`link.stave/${id}`]: "true" };
}

function secretKeys(format: Settings["format"], variables: Variables, { prefix }: Delivery["link"]): Variables {
  if (format === "variables") return variables;
  const of = (name: string) => variables[prefix === "" ? name : `${prefix}_${name}`] ?? "";
  const aws = { AWS_ACCESS_KEY_ID: of("AWS_ACCESS_KEY_ID"), AWS_SECRET_ACCESS_KEY: of("AWS_SECRET_ACCESS_KEY") };
  if (format === "flat") {
    return {
      ACCESS_KEY: of("S3_ACCESS_KEY"),
      SECRET_KEY: of("S3_SECRET_KEY"),
      ENDPOINT: of("S3_ENDPOINT"),
      REGION: of("S3_REGION"),
      BUCKET: of("S3_BUCKET"),
    };
  }
  if (format === "aws") {
    return {
      ...aws,
      AWS_DEFAULT_REGION: of("AWS_DEFAULT_REGION"),
      AWS_REGION: of("AWS_REGION"),
      AWS_ENDPOINT_URL: of("AWS_ENDPOINT_URL"),
      AWS_ENDPOINT_URL_S3: of("AWS_ENDPOINT_URL_S3"),
    };
  }
  return {
    ...aws,
    BUCKET_HOST: of("S3_HOST"),
    BUCKET_PORT: of("S3_PORT"),
    BUCKET_NAME: of("S3_BUCKET"),
    BUCKET_REGION: of("S3_REGION"),
  };
}

const secretSchema = z.looseObject({
  metadata: z.looseObject({
    uid: z.string().optional(),
    resourceVersion: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    managedFields: z.array(z.looseObject({ manager: z.string().optional() })).optional(),
  }),
  data: z
    .record(z.string(), z.string())
    .nullish()
    .transform((data) => data ?? undefined),
});

type Answer = { readonly status: number; readonly body: unknown };
type Call = (input: {
  readonly method: "GET" | "PATCH" | "DELETE";
  readonly path: string;
  readonly contentType?: string;
  readonly body?: unknown;
}) => Promise<Answer>;

async function apply(
  call: Call,
  settings: Settings,
  link: LinkRecord,
  { labels, ...content }: { labels?: Record<string, string>; type?: string; data?: Record<string, string> },
): Promise<z.output<typeof secretSchema>> {
  const { name, namespace, force } = settings;
  const body = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace, ...(labels && { labels }) },
    ...content,
  };
  const query = new URLSearchParams({ fieldManager: managerOf(link), force: String(force) });
  const contentType = "application/apply-patch+yaml";
  const answer = await call({ method: "PATCH", path: `${pathOf(settings)}?${query}`, contentType, body });
  if (answer.status !== 200 && answer.status !== 201) throw answered(answer.status, answer.body);
  const parsed = secretSchema.safeParse(answer.body);
  if (!parsed.success) throw new SinkError("Kubernetes answered something else than a Secret.", { mayRetry: true });
  return parsed.data;
}

function isManaged(body: unknown, link: LinkRecord): boolean {
  const parsed = secretSchema.safeParse(body);
  return parsed.success && parsed.data.metadata.labels?.[`link.stave/${link.id}`] === "true";
}

function pathOf({ namespace, name }: Settings): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`;
}

const statusSchema = z.looseObject({
  details: z.looseObject({ causes: z.array(z.looseObject({ field: z.string() })).optional() }).optional(),
});

/** The message of the server is not repeated: it may quote what it was sent. */
function answered(status: number, body: unknown): SinkError {
  if (status === 409) {
    const causes = statusSchema.safeParse(body).data?.details?.causes ?? [];
    const fields = causes.slice(0, 10).map(({ field }) => field.slice(0, 100));
    return new SinkError(
      `Somebody else has set ${fields.join(", ") || "the same fields"}: \`force\` takes them over.`,
      {
        mayRetry: false,
      },
    );
  }
  const reasons: Readonly<Record<number, string>> = {
    401: "it does not know who we are",
    403: "we may not write this Secret",
    404: "there is no such namespace",
    422: "it does not take the Secret",
  };
  const mayRetry = status === 429 || status >= 500;
  return new SinkError(`Kubernetes answered ${status}: ${reasons[status] ?? "the Secret was not written"}.`, {
    mayRetry,
  });
}

async function withApi({ context, signal }: SinkTask, work: (call: Call) => Promise<void>): Promise<void> {
  const access = await readKubernetesAccess(context.config.kubeconfig);
  const undici = await import("undici"); // it takes 10 MiB, and most installations have no such sink
  const agent = createAgent(undici.Agent, access);
  try {
    await work(async ({ method, path, contentType = "application/json", body }) => {
      const options = {
        method,
        dispatcher: agent,
        headers: {
          accept: "application/json",
          ...(body !== undefined && { "content-type": contentType }),
          ...(access.token !== undefined && { authorization: `Bearer ${access.token}` }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      };
      return await send(undici.request, access.server + path, options);
    });
  } finally {
    await agent.destroy();
  }
}

function createAgent(NewAgent: typeof Agent, { ca, clientCertificate }: KubernetesAccess): Agent {
  return new NewAgent({
    connect: { ...(ca !== undefined && { ca }), ...clientCertificate },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: maxAnswerBytes,
  });
}

async function send(ask: typeof request, url: string, options: Parameters<typeof request>[1]): Promise<Answer> {
  try {
    const { statusCode, body } = await ask(url, options);
    const text = await body.text();
    return { status: statusCode, body: text === "" ? undefined : JSON.parse(text) };
  } catch (cause) {
    throw new SinkError("Kubernetes could not be reached, or did not answer as it does.", { mayRetry: true, cause });
  }
}
