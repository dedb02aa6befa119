import type { ServiceRecord } from "@stave/control-database";
import type { ApiContext } from "../context.ts";
import { Problem } from "../http/problem.ts";

/** A service that keys can be issued for, and the account that they are of. */
export type KeyService = ServiceRecord & { readonly accountId: string };

/** By id or slug. Throws a {@link Problem} when there is none, and for engines whose keys are made elsewhere. */
export async function findKeyService(context: ApiContext, name: string | undefined): Promise<KeyService> {
  const service = await findService(context, name);
  const { engine, accountId } = service;
  if (engine !== "stave") {
    throw new Problem("UNPROCESSABLE", {
      detail: `The engine ${engine} of the service ${service.name} issues no keys over this API: make them where it is administered.`,
    });
  }
  if (accountId === undefined) {
    throw new Problem("CONFLICT", { detail: `The service ${service.name} is not set up yet.` });
  }
  return { ...service, accountId };
}

/** By id or slug; the first one when none is named. */
export async function findService({ database }: ApiContext, name = "1"): Promise<ServiceRecord> {
  const { services } = database.as("system");
  const service = /^[1-9]\d{0,8}$/.test(name) ? await services.find(Number(name)) : await services.findBySlug(name);
  if (service === undefined) throw new Problem("NOT_FOUND", { detail: `There is no service ${name}.` });
  return service;
}
