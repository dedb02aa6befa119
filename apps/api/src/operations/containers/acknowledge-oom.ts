import type { OperationContext } from "../../context.ts";
import type { Handler } from "../../http/handler.ts";
import { requireContained } from "./find-container.ts";
import { showOom } from "./get-runtime.ts";

export function acknowledgeServiceOom({ database, ...context }: OperationContext): Handler<"acknowledgeServiceOom"> {
  return async ({ caller, params: { id } }) => {
    await requireContained({ database, ...context }, id);
    const { containerWatch } = database.as(caller.actor);
    await containerWatch.acknowledgeOom(id);
    return { status: 200, body: { service_id: id, ...showOom((await containerWatch.find([id])).get(id)) } };
  };
}
