import type { OperationContext } from "../../context.ts";
import type { Handler } from "../../http/handler.ts";
import { etagOf, showService, showServiceDetail } from "../../services/show-service.ts";
import { findService, notFound } from "./find-service.ts";

export function listServices(context: OperationContext): Handler<"listServices"> {
  const { services } = context.database.as("system");
  return async ({ query: { page, page_size: limit } }) => {
    const found = await services.list({ offset: (page - 1) * limit, limit });
    return { status: 200, body: found.map((service) => showService(context, service)) };
  };
}

export function getService(context: OperationContext): Handler<"getService"> {
  return async ({ params }) => {
    const service = await findService(context, params.id);
    return { status: 200, headers: { etag: etagOf(service) }, body: await showServiceDetail(context, service) };
  };
}

export function getServiceBySlug(context: OperationContext): Handler<"getServiceBySlug"> {
  return async ({ params }) => {
    const service = await context.database.as("system").services.findBySlug(params.slug);
    if (service === undefined) throw notFound();
    return { status: 200, headers: { etag: etagOf(service) }, body: await showServiceDetail(context, service) };
  };
}
