import { ControlDatabaseError, type ServiceRecord } from "@stave/control-database";
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

/** What the control database refuses, as the problem that it is to the caller. */
export async function orProblem<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof ControlDatabaseError)) throw error;
    const details = { detail: error.message, cause: error };
    if (error.code === "ServiceNotFound") throw notFound();
    if (error.code === "ServiceExists" || error.code === "SubjectBusy") throw new Problem("CONFLICT", details);
    if (error.code === "ServiceChanged") throw new Problem("PRECONDITION_FAILED", details);
    throw error;
  }
}
