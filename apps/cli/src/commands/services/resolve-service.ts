import type { ApiClient } from "../../api/api-client.ts";
import { CliError } from "../../command/cli-error.ts";
import type { Prompts } from "../../command/prompts.ts";
import { printable } from "../../output/printable.ts";
import { listServices } from "./list-services.ts";
import { slugOf } from "./slug-of.ts";

export type WhichService = {
  readonly arguments: { readonly service: string | undefined };
  readonly options: { readonly id: number | undefined };
  readonly prompts: Prompts;
};

/** The id of the service that is meant. Somebody at a terminal who has named none is shown all of them. */
export async function resolveService(
  { arguments: { service }, options: { id }, prompts }: WhichService,
  client: ApiClient,
): Promise<number> {
  if (service !== undefined && id !== undefined) {
    throw new CliError("Usage", "The service is named twice.", { why: `Both --id ${id} and "${service}" say which.` });
  }
  if (id !== undefined) return id;
  if (service === undefined) return await ask(prompts, client);
  // A name may be a number, too: an id goes first.
  if (/^[1-9]\d{0,9}$/.test(service)) return Number(service);
  return await findByName(client, service);
}

async function ask(prompts: Prompts, client: ApiClient): Promise<number> {
  if (!prompts.canAsk) throw new CliError("Usage", "The required parameter --id is missing.");
  const services = await listServices(client);
  if (services.length === 0) {
    throw new CliError("NotFound", "There are no services.", { next: ["stave services create -t s3 -n my-storage"] });
  }
  const choices = services.map(({ id, name, status }) => ({
    value: String(id),
    label: `${printable(name)} (${id}, ${status})`,
  }));
  return Number(await prompts.select("Which service?", { flag: "--id", choices }));
}

async function findByName({ call }: ApiClient, name: string): Promise<number> {
  const slug = slugOf(name);
  try {
    if (slug !== "") {
      const { body } = await call("get /api/external-services/by-slug/{slug}", { params: { slug } });
      return body.service.id;
    }
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== "NotFound") throw error;
  }
  throw new CliError("NotFound", `There is no service "${name}".`, { next: ["stave services list"] });
}
