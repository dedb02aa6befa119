import { quotaTiers, serviceParameterChanges } from "@stave/api-contract";
import type { ServiceChange, ServiceRecord } from "@stave/control-database";
import { isContainerEngine } from "../../containers/engine-of.ts";
import type { OperationContext } from "../../context.ts";
import type { Handler } from "../../http/handler.ts";
import { orProblem } from "../../http/or-problem.ts";
import { Problem } from "../../http/problem.ts";
import { parsePart } from "../../http/validate.ts";
import { renderLinksOf } from "../../jobs/render-link.ts";
import { changeableParameters, parameterSchema } from "../../services/parameter-schema.ts";
import { etagOf, showServiceDetail } from "../../services/show-service.ts";
import { findService } from "./find-service.ts";
import { planRecreation, recreate } from "./update-container.ts";

export function updateService(context: OperationContext): Handler<"updateService"> {
  return async ({ caller, params, body: { name, parameters }, message }) => {
    const service = await findService(context, params.id);
    const ifMatch = message.headers["if-match"];
    if (ifMatch !== undefined && ifMatch !== "*" && ifMatch !== etagOf(service)) {
      throw new Problem("PRECONDITION_FAILED", { detail: "Somebody else has changed the service." });
    }
    if (["deleting", "upgrading"].includes(service.status)) {
      throw new Problem("CONFLICT", { detail: `The service is ${service.status}.` });
    }
    const { change, quotaBytes } = readChange(service, parameters);
    const recreation = isContainerEngine(service.engine) && (await planRecreation(context, service, parameters));
    const { services } = context.database.as(caller.actor);
    const changed = await orProblem(
      services.change(
        service.id,
        { ...change, ...(name !== undefined && { name }) },
        { ifRevision: service.revision, ...(quotaBytes !== undefined && { account: { quotaBytes } }) },
      ),
    );
    if (changed.publicEndpoint !== service.publicEndpoint) {
      await renderLinksOf(context, caller.actor, service.id);
      context.wakeJobs();
    }
    if (recreation) return await recreate(context, changed, { recreation, actor: caller.actor });
    return { status: 200, headers: { etag: etagOf(changed) }, body: await showServiceDetail(context, changed) };
  };
}

type Change = { readonly change: ServiceChange; readonly quotaBytes?: number | null };

function readChange(service: ServiceRecord, parameters: Readonly<Record<string, unknown>>): Change {
  refuseReadOnly(service, Object.keys(parameters));
  if (service.engine !== "stave") {
    const { public_endpoint } = parsePart(serviceParameterChanges[service.engine], parameters, "/parameters");
    return { change: { ...(public_endpoint !== undefined && { publicEndpoint: public_endpoint }) } };
  }
  const { public_endpoint, quota_bytes, quota_tier } = parsePart(
    serviceParameterChanges.stave,
    parameters,
    "/parameters",
  );
  const quotaBytes = quota_tier === undefined ? quota_bytes : quotaTiers[quota_tier];
  const { quota_bytes: _, ...kept } = service.parameters;
  return {
    change: {
      ...(public_endpoint !== undefined && { publicEndpoint: public_endpoint }),
      ...(quotaBytes !== undefined && {
        parameters: { ...kept, ...(quotaBytes !== null && { quota_bytes: quotaBytes }) },
      }),
    },
    ...(quotaBytes !== undefined && { quotaBytes }),
  };
}

function refuseReadOnly({ engine }: ServiceRecord, names: readonly string[]): void {
  const changeable = changeableParameters(engine);
  const { readonly } = parameterSchema(engine);
  const errors = names
    .filter((name) => !changeable.includes(name))
    .map((name) => ({
      pointer: `/parameters/${name}`,
      code: readonly.includes(name) ? "read_only" : "unknown_field",
      message: `Cannot update parameter '${name}' for S3. Read-only parameters: ${readonly.join(", ")}. Updateable parameters: ${changeable.join(", ")}.`,
    }));
  const [first] = errors;
  if (first !== undefined) throw new Problem("INVALID_REQUEST", { detail: first.message, errors });
}
