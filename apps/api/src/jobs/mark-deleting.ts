import { Problem } from "../http/problem.ts";
import { blockersOf } from "../services/blockers-of.ts";
import { requireService } from "./create-service.ts";
import type { StepContext } from "./define-job.ts";

/** From here on nothing can be linked to it; then what is linked is looked at. Throws a {@link Problem} that names what still needs it. */
export async function markDeleting(context: StepContext, serviceId: number): Promise<void> {
  const service = await requireService(context, serviceId);
  await context.database.as(context.actor).services.change(serviceId, { status: "deleting", statusReason: null });
  const blockers = await blockersOf(context, service);
  if (blockers.length > 0) throw new Problem("CONFLICT", { detail: blockers.join(" ") });
}
