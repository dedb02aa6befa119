import type { OperationContext } from "../../context.ts";
import type { Handler } from "../../http/handler.ts";
import { Problem } from "../../http/problem.ts";
import { serviceCredentials } from "../../services/service-credentials.ts";
import { showServiceDetail } from "../../services/show-service.ts";
import { findService } from "./find-service.ts";

const secretParameter = "secret_key";

/** What cannot be written down is not shown. */
export function revealServiceParameter(context: OperationContext): Handler<"revealServiceParameter"> {
  return async ({ caller, params: { id, parameter } }) => {
    const service = await findService(context, id);
    if (parameter !== secretParameter) {
      const { current_parameters } = await showServiceDetail(context, service);
      if (!Object.hasOwn(current_parameters, parameter)) {
        throw new Problem("NOT_FOUND", { detail: `The service has no parameter ${parameter}.` });
      }
      throw new Problem("INVALID_REQUEST", { detail: `${parameter} is no secret: the service shows it.` });
    }
    const { secretAccessKey } = await serviceCredentials(context, service);
    const subject = `service:${id}`;
    await context.database.audit.add({ actor: caller.actor, action: "secret:reveal", subject, details: { parameter } });
    return { status: 200, body: { name: parameter, value: secretAccessKey, sensitive: true } };
  };
}
