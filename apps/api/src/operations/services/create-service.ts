import { randomBytes } from "node:crypto";
import {
  type ExternalParameters,
  quotaTiers,
  type StaveParameters,
  serviceEngineNames,
  serviceParameters,
  type z,
} from "@stave/api-contract";
import type { ServiceRecord } from "@stave/control-database";
import type { OperationContext } from "../../context.ts";
import type { ApiAnswer, Handler } from "../../http/handler.ts";
import { orProblem } from "../../http/or-problem.ts";
import { Problem } from "../../http/problem.ts";
import { parsePart } from "../../http/validate.ts";
import { createServiceJob } from "../../jobs/create-service.ts";
import { waitForJob } from "../../jobs/wait-for-job.ts";
import { createS3Client } from "../../services/s3-client.ts";
import { showService } from "../../services/show-service.ts";
import { slugOf } from "../../services/slug-of.ts";
import { testConnection } from "../../services/test-connection.ts";
import { createContainerService } from "./create-container-service.ts";
import { findService } from "./find-service.ts";

type Request = Parameters<Handler<"createService">>[0];
type Answer = ApiAnswer<typeof import("@stave/api-contract").routes["createService"]>;

export function createService(context: OperationContext): Handler<"createService"> {
  return async (request) => {
    const { engine = "stave" } = request.body.parameters;
    const known = serviceEngineNames.find((name) => name === engine);
    if (known === undefined) {
      const message = `Expected engine to be one of ${serviceEngineNames.join(", ")}.`;
      const errors = [{ pointer: "/parameters/engine", code: "invalid_value", message }];
      throw new Problem("INVALID_REQUEST", { detail: message, errors });
    }
    const read = <Schema extends z.ZodType>(schema: Schema) =>
      parsePart(schema, request.body.parameters, "/parameters");
    if (known === "stave") return await createStave(context, request, read(serviceParameters.stave));
    if (known === "external") return await createExternal(context, request, read(serviceParameters.external));
    return await createContainerService(context, request, read(serviceParameters[known]));
  };
}

async function createStave(
  context: OperationContext,
  { caller, body: { name } }: Request,
  { region, quota_bytes, quota_tier, public_endpoint, buckets }: StaveParameters,
): Promise<Answer> {
  if (region !== undefined && region !== context.config.region) {
    throw new Problem("UNPROCESSABLE", {
      detail: `The built-in engine is in the region ${context.config.region}.`,
      errors: [{ pointer: "/parameters/region", code: "other_region", message: `Expected ${context.config.region}.` }],
    });
  }
  const quotaBytes = quota_bytes ?? (quota_tier && quotaTiers[quota_tier]);
  const slug = slugOf(name);
  const { services } = context.database.as(caller.actor);
  const { job, ...service } = await orProblem(
    services.insert(
      {
        name,
        slug,
        engine: "stave",
        status: "creating",
        region: context.config.region,
        parameters: { ...(quotaBytes !== undefined && { quota_bytes: quotaBytes }) },
        ...(public_endpoint !== undefined && { publicEndpoint: public_endpoint }),
      },
      {
        job: (serviceId) => ({
          type: createServiceJob.type,
          data: {
            serviceId,
            accountId: randomBytes(32).toString("hex"),
            displayName: `service-${slug}`,
            buckets,
            ...(quotaBytes !== undefined && { quotaBytes }),
          },
        }),
      },
    ),
  );
  context.wakeJobs();
  const ended = job && (await waitForJob(context, job.id));
  const location = job === undefined ? {} : { location: `/api/jobs/${job.id}` };
  if (ended === undefined) return { status: 202, headers: location, body: showService(context, service) };
  return created(context, await findService(context, service.id));
}

/** What was not seen to work is not stored. */
async function createExternal(
  context: OperationContext,
  { caller, body: { name } }: Request,
  { endpoint, access_key: accessKeyId, secret_key: secretAccessKey, region, ...parameters }: ExternalParameters,
): Promise<Answer> {
  const credentials = { accessKeyId, secretAccessKey };
  const client = createS3Client({ endpoint, region, credentials, addresses: context.addresses });
  try {
    await testConnection(client, parameters.test_bucket);
  } finally {
    client.destroy();
  }
  const { services } = context.database.as(caller.actor);
  const service = await orProblem(
    services.insert(
      {
        name,
        slug: slugOf(name),
        engine: "external",
        status: "running",
        region,
        endpoint: endpoint.replace(/\/+$/, ""),
        accessKeyId,
        parameters: { ...(parameters.test_bucket !== undefined && { test_bucket: parameters.test_bucket }) },
        ...(parameters.public_endpoint !== undefined && { publicEndpoint: parameters.public_endpoint }),
      },
      { seal: (id) => context.vault.seal(secretAccessKey, services.contextOf(id)) },
    ),
  );
  return created(context, service);
}

function created(context: OperationContext, service: ServiceRecord): Answer {
  const location = `/api/external-services/${service.id}`;
  return { status: 201, headers: { location }, body: showService(context, service) };
}
