import { slugOf } from "../commands/services/slug-of.ts";
import type { ApiClient } from "./api-client.ts";

/** A service by its id, or by its name. Throws `NotFound`. */
export async function findService({ call }: ApiClient, named: string) {
  if (/^[1-9]\d{0,9}$/.test(named)) {
    const { body } = await call("get /api/external-services/{id}", { params: { id: Number(named) } });
    return body.service;
  }
  const slug = slugOf(named);
  const { body } = await call("get /api/external-services/by-slug/{slug}", { params: { slug } });
  return body.service;
}
