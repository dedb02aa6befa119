import type { ApiClient } from "../../api/api-client.ts";
import { findOne } from "../../command/find-one.ts";

export async function findWebhook({ call }: ApiClient, named: string) {
  const { body } = await call("get /api/notice-webhooks");
  return findOne(body.data, named, { what: "webhook", nameOf: ({ name }) => name, list: "stave notices list" });
}
