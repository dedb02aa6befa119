import type { ApiClient } from "../../api/api-client.ts";
import type { RunOf } from "../../command/define-command.ts";
import { formatProperties } from "../../output/format-table.ts";
import type { servicesShow } from "./index.ts";

export const run: RunOf<typeof servicesShow> = async ({ api, options: { id, reveal }, output }) => {
  const { call } = await api();
  const { body } = await call("get /api/external-services/{id}", { params: { id } });
  const { service, current_parameters } = body;
  const secret = reveal ? await revealSecret(call, id) : undefined;
  const parameters = secret === undefined ? current_parameters : { ...current_parameters, secret_key: secret };
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

async function revealSecret(call: ApiClient["call"], id: number): Promise<string> {
  const params = { id, parameter: "secret_key" };
  const { body } = await call("get /api/external-services/{id}/parameters/{parameter}", { params });
  return body.value;
}
