import type { ServiceRecord } from "@stave/control-database";
import type { ApiContext } from "../context.ts";
import { Problem } from "../http/problem.ts";

export type Credentials = { readonly accessKeyId: string; readonly secretAccessKey: string };

/** The pair that opens all of a service. Whoever shows it to somebody has written that down first. Throws a {@link Problem} when there is none that works. */
export async function serviceCredentials(context: ApiContext, service: ServiceRecord): Promise<Credentials> {
  const { accessKeyId, secretEnvelope, id, engine, name } = service;
  if (accessKeyId === undefined) throw noCredentials(name);
  if (engine === "stave") {
    const found = await context.accessKeysFor("system").secretOf(accessKeyId);
    if (found === undefined) throw noCredentials(name);
    return { accessKeyId, secretAccessKey: found.secretAccessKey };
  }
  if (secretEnvelope === undefined) throw noCredentials(name);
  const { services } = context.database.as("system");
  return { accessKeyId, secretAccessKey: await context.vault.open(secretEnvelope, services.contextOf(id)) };
}

function noCredentials(name: string): Problem {
  return new Problem("CONFLICT", {
    detail: `The service ${name} has no credentials that work.`,
    nextActions: ["Rotate the credentials of the service."],
  });
}
