import type { ServiceRecord } from "@stave/control-database";
import { isContainerEngine } from "../../containers/engine-of.ts";
import type { OperationContext } from "../../context.ts";
import type { ApiAnswer, Handler } from "../../http/handler.ts";
import { orProblem } from "../../http/or-problem.ts";
import { Problem } from "../../http/problem.ts";
import { renderLinksOf } from "../../jobs/render-link.ts";
import { rotateServiceJob } from "../../jobs/rotate-service.ts";
import { waitForJob } from "../../jobs/wait-for-job.ts";
import { staleLinksOf } from "../../links/stale-links.ts";
import { createS3Client } from "../../services/s3-client.ts";
import { internalEndpoint } from "../../services/service-endpoint.ts";
import { showService } from "../../services/show-service.ts";
import { testConnection } from "../../services/test-connection.ts";
import { findService } from "./find-service.ts";
import { rotateContainer } from "./rotate-container.ts";

type Request = Parameters<Handler<"rotateService">>[0];
type Answer = ApiAnswer<typeof import("@stave/api-contract").routes["rotateService"]>;

const defaultGraceSeconds = 3600;

export function rotateService(context: OperationContext): Handler<"rotateService"> {
  return async (request) => {
    const service = await findService(context, request.params.id);
    const { status, accessKeyId } = service;
    if (status !== "running" || accessKeyId === undefined) {
      throw new Problem("CONFLICT", { detail: `Only a running service is rotated: this one is ${status}.` });
    }
    if (isContainerEngine(service.engine)) {
      refuseFields(
        Object.keys(request.body),
        "Stave makes the root key of an engine in a container, and the old one ends at once.",
      );
      return rotateContainer(context, service, request.caller);
    }
    const input = { service, previousAccessKeyId: accessKeyId };
    return service.engine === "external"
      ? rotateExternal(context, request, input)
      : rotateStave(context, request, input);
  };
}

type Rotation = { readonly service: ServiceRecord; readonly previousAccessKeyId: string };

async function rotateStave(
  context: OperationContext,
  { caller, body }: Request,
  { service, previousAccessKeyId }: Rotation,
): Promise<Answer> {
  const { grace_seconds = defaultGraceSeconds, ...given } = body;
  refuseFields(Object.keys(given), "The built-in engine makes its keys itself.");
  const { id, accountId } = service;
  const job = await orProblem(
    context.database.as(caller.actor).jobs.create({
      type: rotateServiceJob.type,
      subject: `service:${id}`,
      data: { serviceId: id, accountId, previousAccessKeyId, graceMs: grace_seconds * 1000 },
    }),
  );
  context.wakeJobs();
  const ended = await waitForJob(context, job.id);
  const rotated = showService(context, await findService(context, id));
  if (ended === undefined) return { status: 202, headers: { location: `/api/jobs/${job.id}` }, body: rotated };
  const { previousExpiresAt } = ended.result ?? {};
  return {
    status: 200,
    body: {
      service: rotated,
      previous_access_key: previousAccessKeyId,
      previous_expires_at: typeof previousExpiresAt === "string" ? previousExpiresAt : null,
      stale_links: [...(await staleLinksOf(context, id))],
    },
  };
}

/** The pair was made by who runs the server, and is tried before it takes the place of the old one. */
async function rotateExternal(
  context: OperationContext,
  { caller, body: { access_key: accessKeyId, secret_key: secretAccessKey, test_bucket, grace_seconds } }: Request,
  { service, previousAccessKeyId }: Rotation,
): Promise<Answer> {
  if (grace_seconds !== undefined) {
    refuseFields(["grace_seconds"], "How long the old pair works is decided by who runs the server.");
  }
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const missing = accessKeyId === undefined ? "access_key" : "secret_key";
    const errors = [{ pointer: `/${missing}`, code: "required", message: "Expected the new pair." }];
    throw new Problem("INVALID_REQUEST", { detail: "An external service needs access_key and secret_key.", errors });
  }
  const { region, id, parameters } = service;
  const credentials = { accessKeyId, secretAccessKey };
  const endpoint = internalEndpoint(context, service);
  const client = createS3Client({ endpoint, region, credentials, addresses: context.addresses });
  const stored = typeof parameters.test_bucket === "string" ? parameters.test_bucket : undefined;
  try {
    await testConnection(client, test_bucket ?? stored);
  } finally {
    client.destroy();
  }
  const { services } = context.database.as(caller.actor);
  const secretEnvelope = await context.vault.seal(secretAccessKey, services.contextOf(id));
  const rotated = await orProblem(services.change(id, { accessKeyId, secretEnvelope }));
  await renderLinksOf(context, caller.actor, id);
  context.wakeJobs();
  return {
    status: 200,
    body: {
      service: showService(context, rotated),
      previous_access_key: previousAccessKeyId,
      previous_expires_at: null,
      stale_links: [...(await staleLinksOf(context, id))],
    },
  };
}

function refuseFields(names: readonly string[], detail: string): void {
  if (names.length === 0) return;
  const errors = names.map((name) => ({ pointer: `/${name}`, code: "not_for_this_engine", message: detail }));
  throw new Problem("UNPROCESSABLE", { detail, errors });
}
