import type { ApiClient } from "../api/api-client.ts";

/** The id of a service that is named by its id or its slug. */
export async function findServiceId({ call }: ApiClient, named: number | string): Promise<number> {
  if (typeof named === "number") return named;
  if (/^[1-9]\d{0,9}$/.test(named)) return Number(named);
  const { body } = await call("get /api/external-services/by-slug/{slug}", { params: { slug: named } });
  return body.service.id;
}
