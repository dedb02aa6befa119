import { queryOptions } from "@tanstack/react-query";
import { call } from "../../api/call.ts";

const refetchMs = 5_000;

/** The services, as they are now: asked anew while somebody looks. */
export const servicesQuery = queryOptions({
  queryKey: ["services"],
  refetchInterval: refetchMs,
  queryFn: async ({ signal }) =>
    (await call("get /api/external-services", { query: { page: 1, page_size: 1000 }, signal })).body,
});

export function serviceQuery(id: number) {
  return queryOptions({
    queryKey: ["services", id],
    refetchInterval: refetchMs,
    queryFn: async ({ signal }) => (await call("get /api/external-services/{id}", { params: { id }, signal })).body,
  });
}
