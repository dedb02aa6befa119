import type { S3Client } from "@aws-sdk/client-s3";
import type { ServiceRecord } from "@stave/control-database";
import { LRUCache } from "lru-cache";
import type { ApiContext } from "../context.ts";
import { createS3Client } from "./s3-client.ts";
import { serviceCredentials } from "./service-credentials.ts";
import { internalEndpoint, publicEndpoint } from "./service-endpoint.ts";

/** S3 clients of services: everything above an engine speaks S3 to it, with the credentials of the service. */
export type ServiceClients = {
  clientOf(service: ServiceRecord): Promise<S3Client>;
  /** Signs for the address that clients use; it is not for calls from here. */
  signerOf(service: ServiceRecord): Promise<S3Client>;
  close(): void;
};

const maxClients = 100;

/** A client is made again when its service has changed. */
export function createServiceClients(context: ApiContext): ServiceClients {
  const clients = new LRUCache<string, S3Client>({ max: maxClients, dispose: (client) => client.destroy() });
  const find = async (service: ServiceRecord, kind: "internal" | "public"): Promise<S3Client> => {
    const id = `${service.id}/${service.revision}/${kind}`;
    const known = clients.get(id);
    if (known !== undefined) return known;
    const client = createS3Client({
      endpoint: (kind === "internal" ? internalEndpoint : publicEndpoint)(context, service),
      region: service.region,
      credentials: await serviceCredentials(context, service),
      ...(service.engine === "external" && kind === "internal" && { addresses: context.addresses }),
    });
    clients.set(id, client);
    return client;
  };
  return {
    clientOf: (service) => find(service, "internal"),
    signerOf: (service) => find(service, "public"),
    close: () => clients.clear(),
  };
}
