import type { S3Client } from "@aws-sdk/client-s3";
import type { ServiceRecord } from "@stave/control-database";
import type { OperationContext } from "../context.ts";
import type { Caller } from "../http/caller.ts";
import { Problem } from "../http/problem.ts";
import { s3Problem } from "./s3-problem.ts";

/** A service, as the operations on its buckets and objects use it. */
export type Storage = {
  readonly service: ServiceRecord;
  readonly client: S3Client;
  /** Writes down what is about to be done: it is not done when that fails. The outcome is not part of the entry. */
  record(action: string, subject: string, details?: Readonly<Record<string, unknown>>): Promise<void>;
};

type Asked = { readonly caller: Caller; readonly query: { readonly service?: string | undefined } };

/** Runs an operation on the service that the request names. What the service refuses becomes a {@link Problem}. */
export async function inStorage<Answer>(
  context: OperationContext,
  { caller, query }: Asked,
  run: (storage: Storage) => Promise<Answer>,
): Promise<Answer> {
  const service = await findService(context, query.service);
  try {
    return await run({
      service,
      client: await context.clients.clientOf(service),
      record: (action, subject, details = {}) =>
        context.database.audit.add({
          actor: caller.actor,
          action,
          subject: `storage:${service.id}/${subject}`,
          details,
        }),
    });
  } catch (error) {
    throw s3Problem(error, service);
  }
}

async function findService({ database }: OperationContext, name = "1"): Promise<ServiceRecord> {
  const { services } = database.as("system");
  const service = /^[1-9]\d{0,14}$/.test(name) ? await services.find(Number(name)) : await services.findBySlug(name);
  if (service === undefined) throw new Problem("NOT_FOUND", { detail: `There is no service ${name}.` });
  if (service.status === "stopped") {
    throw new Problem("CONFLICT", {
      detail: `The service ${service.name} is stopped.`,
      nextActions: ["Start the service."],
    });
  }
  return service;
}
