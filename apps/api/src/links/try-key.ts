import { ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import type { ServiceRecord } from "@stave/control-database";
import type { ApiContext } from "../context.ts";
import { createS3Client } from "../services/s3-client.ts";
import type { Credentials } from "../services/service-credentials.ts";
import { internalEndpoint } from "../services/service-endpoint.ts";

/** What an S3 server refuses with. */
export function nameOfS3Error(error: unknown): string | undefined {
  return error instanceof Error ? error.name : undefined;
}

/** Works with a client that is made for this, with a pair of its own. */
export async function withS3Client<Result>(
  context: ApiContext,
  { service, credentials }: { readonly service: ServiceRecord; readonly credentials: Credentials },
  work: (client: S3Client) => Promise<Result>,
): Promise<Result> {
  const client = createS3Client({
    endpoint: internalEndpoint(context, service),
    region: service.region,
    credentials,
    ...(service.engine === "external" && { addresses: context.addresses }),
  });
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
}

/** Signs a request as the application will. Throws what it is refused with. */
export async function tryKey(
  context: ApiContext,
  { service, credentials, bucket }: { service: ServiceRecord; credentials: Credentials; bucket: string },
): Promise<void> {
  await withS3Client(context, { service, credentials }, (client) =>
    client.send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 1 })),
  );
}

/**
 * Throws unless the service refuses the key. The secret of a revoked key cannot be read any more, and need not be: that the key is unknown is
 * found before a signature is looked at, and a wrong signature with a key that is valid is another error.
 */
export async function requireRefused(
  context: ApiContext,
  { service, accessKeyId, bucket }: { service: ServiceRecord; accessKeyId: string; bucket: string },
): Promise<void> {
  try {
    await tryKey(context, { service, credentials: { accessKeyId, secretAccessKey: "revoked" }, bucket });
  } catch (error) {
    if (nameOfS3Error(error) === "InvalidAccessKeyId") return;
    throw error;
  }
  throw new Error(`The service still takes ${accessKeyId}`);
}
