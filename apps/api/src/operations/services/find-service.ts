import type { ServiceRecord } from "@stave/control-database";
import type { ApiContext } from "../../context.ts";
import { Problem } from "../../http/problem.ts";

/** Throws a {@link Problem}. */
export async function findService({ database }: ApiContext, id: number): Promise<ServiceRecord> {
  const service = await database.as("system").services.find(id);
  if (service === undefined) throw notFound();
  return service;
}

export function notFound(): Problem {
  return new Problem("NOT_FOUND", { detail: "There is no such service." });
}
