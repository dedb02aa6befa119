import { CliError } from "./chunk-B3FYOJ65.js";

// src/s3/service-endpoint.ts
var sessionSeconds = 3600;
var renewMs = 5 * 6e4;
async function serviceEndpoint(api, options) {
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
async function findService({ call }, named) {
  if (/^[1-9]\d{0,9}$/.test(named)) {
    return (await call("get /api/external-services/{id}", { params: { id: Number(named) } })).body.service;
  }
  const slug = named
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  return (await call("get /api/external-services/by-slug/{slug}", { params: { slug } })).body.service;
}
async function askSession({ call }, id) {
  const { body } = await call("post /api/storage/s3/session", {
    query: { service: String(id) },
    body: { durationSeconds: sessionSeconds, scope: { access: "full" } },
  });
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = body.data;
  return { accessKeyId, secretAccessKey, sessionToken, expiresAt: new Date(expiresAt) };
}
async function revealKey({ call }, { id, name, access_key }) {
  if (access_key === null) throw new CliError("Conflict", `The service ${name} has no key yet.`);
  const params = { id, parameter: "secret_key" };
  const { body } = await call("get /api/external-services/{id}/parameters/{parameter}", { params });
  return { accessKeyId: access_key, secretAccessKey: body.value };
}
function keepCredentials(ask, now) {
  let asked;
  return async () => {
    const known = await asked;
    const isOld = known?.expiresAt !== void 0 && known.expiresAt.getTime() - now().getTime() < renewMs;
    if (known !== void 0 && !isOld) return known;
    const again = ask();
    asked = again;
    again.catch(() => {
      if (asked === again) asked = void 0;
    });
    return await again;
  };
}

export { serviceEndpoint };
//# sourceMappingURL=service-endpoint-5SO6JIXP.js.map
