import { formatProperties } from "./chunk-ULDKW3OL.js";
import "./chunk-XTRZEKZ5.js";

// src/commands/services/services-show.ts
var run = async ({ api, options: { id, reveal }, output }) => {
  const { call } = await api();
  const { body } = await call("get /api/external-services/{id}", { params: { id } });
  const { service, current_parameters } = body;
  const secret = reveal ? await revealSecret(call, id) : void 0;
  const parameters = secret === void 0 ? current_parameters : { ...current_parameters, secret_key: secret };
  output.result({ ...body, current_parameters: parameters }, () =>
    formatProperties({
      ID: service.id,
      Name: service.name,
      Type: service.service_type,
      Engine: service.engine,
      Version: service.version,
      Status: service.status_reason === null ? service.status : `${service.status}: ${service.status_reason}`,
      Endpoint: service.endpoint,
      "Public endpoint": service.public_endpoint,
      Region: service.region,
      "Access key": service.access_key,
      "Secret key": secret ?? (service.access_key === null ? null : "*** (--reveal shows it)"),
      Created: service.created_at,
    }),
  );
};
async function revealSecret(call, id) {
  const params = { id, parameter: "secret_key" };
  const { body } = await call("get /api/external-services/{id}/parameters/{parameter}", { params });
  return body.value;
}

export { run };
//# sourceMappingURL=services-show-KPI6CN7J.js.map
