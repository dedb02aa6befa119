import type { ApiContext } from "../../context.ts";
import { Problem } from "../../http/problem.ts";
import { isBusy } from "../../jobs/is-busy.ts";

/** Throws a {@link Problem} while a job works on it. */
export async function refuseBusy(context: Pick<ApiContext, "database">, serviceId: number): Promise<void> {
  if (!(await isBusy(context, serviceId))) return;
  throw new Problem("CONFLICT", { detail: "A job works on the service. Try again when it has ended." });
}
