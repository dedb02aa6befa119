import type { ApiClient } from "../api/api-client.ts";
import { CliError } from "../command/cli-error.ts";
import type { S3Credentials, S3Endpoint } from "./s3-endpoint.ts";

const sessionSeconds = 3600;
/** Before their end. */
const renewMs = 5 * 60_000;

type ServiceEndpointOptions = {
  /** Id or name; the first one when it is left out. */
  readonly service: string | undefined;
  /** Instead of where the service says it is. */
  readonly url: string | undefined;
  readonly region: string | undefined;
  readonly now: () => Date;
};

/**
 * A service of the Stave that is signed in to. For the built-in engine temporary credentials are asked for, which end after an hour and may do
 * no more than who asks; other engines have one key, which is revealed. Both are in the audit log, and neither is kept in a file.
 */
export async function serviceEndpoint(api: ApiClient, options: ServiceEndpointOptions): Promise<S3Endpoint> {
  const { service: named = "1", now } = options;
  const service = await findService(api, named);
  const url = options.url ?? service.public_endpoint ?? service.endpoint;
  if (url === null) {
    throw new CliError("Conflict", `The service ${service.name} has no endpoint yet.`, {
      why: `It is ${service.status}.`,
      next: [`stave services show --id ${service.id}`],
    });
  }
  const ask = service.engine === "stave" ? () => askSession(api, service.id) : () => revealKey(api, service);
  return {
    url: url.replace(/\/+$/, ""),
    region: options.region ?? service.region,
    addressing: "path",
    credentials: keepCredentials(ask, now),
    from: `the service ${service.name} of ${api.url}`,
  };
}

async function findService({ call }: ApiClient, named: string) {
  if (/^[1-9]\d{0,9}$/.test(named)) {
    return (await call("get /api/external-services/{id}", { params: { id: Number(named) } })).body.service;
  }
  const slug = named
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  return (await call("get /api/external-services/by-slug/{slug}", { params: { slug } })).body.service;
}

async function askSession({ call }: ApiClient, id: number): Promise<S3Credentials> {
  const { body } = await call("post /api/storage/s3/session", {
    query: { service: String(id) },
    body: { durationSeconds: sessionSeconds, scope: { access: "full" } },
  });
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = body.data;
  return { accessKeyId, secretAccessKey, sessionToken, expiresAt: new Date(expiresAt) };
}

async function revealKey(
  { call }: ApiClient,
  { id, name, access_key }: { readonly id: number; readonly name: string; readonly access_key: string | null },
): Promise<S3Credentials> {
  if (access_key === null) throw new CliError("Conflict", `The service ${name} has no key yet.`);
  const params = { id, parameter: "secret_key" };
  const { body } = await call("get /api/external-services/{id}/parameters/{parameter}", { params });
  return { accessKeyId: access_key, secretAccessKey: body.value };
}

/** Asked for once, by however many requests at the same time, and again before they end. */
function keepCredentials(ask: () => Promise<S3Credentials>, now: () => Date): () => Promise<S3Credentials> {
  let asked: Promise<S3Credentials> | undefined;
  return async () => {
    const known = await asked;
    const isOld = known?.expiresAt !== undefined && known.expiresAt.getTime() - now().getTime() < renewMs;
    if (known !== undefined && !isOld) return known;
    const again = ask();
    asked = again;
    // A refusal is not kept.
    again.catch(() => {
      if (asked === again) asked = undefined;
    });
    return await again;
  };
}
