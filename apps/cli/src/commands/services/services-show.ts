import type { ApiClient } from "../../api/api-client.ts";
import type { RunOf } from "../../command/define-command.ts";
import { formatProperties } from "../../output/format-table.ts";
import type { servicesShow } from "./index.ts";
import { resolveService } from "./resolve-service.ts";

export const run: RunOf<typeof servicesShow> = async (invocation) => {
  const { api, options, output } = invocation;
  const client = await api();
  const id = await resolveService(invocation, client);
  const { body } = await client.call("get /api/external-services/{id}", { params: { id } });
  const { service, container, current_parameters } = body;
  const secret = options.reveal ? await revealSecret(client, id) : undefined;
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
      ...(service.network_endpoint !== null && { "Network endpoint": service.network_endpoint }),
      Region: service.region,
      "Access key": service.access_key,
      "Secret key": secret ?? (service.access_key === null ? null : "*** (--reveal shows it)"),
      ...(container !== null && {
        Container: container.container_name,
        Image: container.image,
        Volume: container.volume,
        Console: container.console_url,
      }),
      ...Object.fromEntries(Object.entries(current_parameters).filter(isOfItsOwn).map(describe)),
      Created: service.created_at,
    }),
  );
};

const shownAbove = new Set([
  "engine",
  "region",
  "endpoint",
  "public_endpoint",
  "access_key",
  "secret_key",
  "docker_image",
]);

function isOfItsOwn([name, value]: readonly [string, unknown]): boolean {
  return !shownAbove.has(name) && value !== null && value !== undefined;
}

function describe([name, value]: readonly [string, unknown]): readonly [string, string] {
  return [`  ${name}`, typeof value === "object" ? JSON.stringify(value) : String(value)];
}

async function revealSecret({ call }: ApiClient, id: number): Promise<string> {
  const params = { id, parameter: "secret_key" };
  const { body } = await call("get /api/external-services/{id}/parameters/{parameter}", { params });
  return body.value;
}
