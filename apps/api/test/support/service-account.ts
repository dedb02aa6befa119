import type { TestAccount } from "../../../gateway/test/support/start-gateway.ts";
import type { TestApi } from "./start-api.ts";

/** The root key of a service, as its owner sees it. */
export async function rootOf(api: TestApi, id: number): Promise<TestAccount> {
  const { body } = await api.call(`/api/external-services/${id}`);
  const revealed = await api.call(`/api/external-services/${id}/parameters/secret_key`);
  const { name, access_key: accessKeyId } = body.service;
  return { id: "", displayName: name, email: "", accessKeyId, secretAccessKey: revealed.body.value };
}

export function createService(api: TestApi, name: string, parameters: Readonly<Record<string, unknown>> = {}) {
  return api.call("/api/external-services", { method: "POST", json: { name, service_type: "s3", parameters } });
}
