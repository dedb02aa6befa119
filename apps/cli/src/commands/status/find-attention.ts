import type { ApiClient } from "../../api/api-client.ts";
import { CliError } from "../../command/cli-error.ts";
import type { Service } from "../services/list-services.ts";
import type { State } from "./read-state.ts";

/** What somebody should look at, and how. */
export type Attention = { readonly what: string; readonly next?: string };

const dayMs = 24 * 3_600_000;
const nearlyFull = 0.9;
/** Of more of them nobody waits to be told. */
const maxAsked = 50;

export async function findAttention(client: ApiClient, state: State, now: Date): Promise<readonly Attention[]> {
  const services = state.services ?? [];
  const asked = await Promise.all(services.slice(0, maxAsked).map((service) => askAbout(client, service)));
  return [
    ...(state.gateway === "away"
      ? [{ what: "The gateway is away: nobody reaches what is stored.", next: "stave doctor" }]
      : []),
    ...services.flatMap((service) => ofService(service, state)),
    ...asked.flat(),
    ...ofUsage(state),
    ...ofJobs(state, now),
  ];
}

function ofService({ id, name, status, status_reason }: Service, { health }: State): readonly Attention[] {
  if (status === "failed") {
    return [{ what: `${name} has failed: ${status_reason ?? "nobody knows why"}.`, next: `stave services logs ${id}` }];
  }
  const found = health.find(({ service_id }) => service_id === id);
  const isFine = found === undefined || found.status === "operational" || found.status === "unknown";
  if (isFine || status === "stopped") return [];
  const why = found.reason === null ? "" : `: ${found.reason}`;
  return [{ what: `${name} is ${found.status}${why}.`, next: `stave services health ${id}` }];
}

async function askAbout(client: ApiClient, { id, name, engine, status }: Service): Promise<readonly Attention[]> {
  const params = { id };
  const query = { state: "firing" } as const;
  const { body: alerts } = await client.call("get /api/external-services/{id}/alerts", { params, query });
  const firing = alerts.map(({ rule }) => ({
    what: `${name}: the alert ${rule.name} fires.`,
    next: `stave services alerts list ${id}`,
  }));
  const isInContainer = engine !== "stave" && engine !== "external" && status === "running";
  return [...firing, ...(isInContainer ? await ofContainer(client, { id, name }) : [])];
}

async function ofContainer(
  { call }: ApiClient,
  { id, name }: Pick<Service, "id" | "name">,
): Promise<readonly Attention[]> {
  try {
    const { body } = await call("get /api/external-services/{id}/runtime", { params: { id } });
    return body.members.flatMap(({ oom_count, oom_acknowledged, drift, drift_fields }) => [
      ...(oom_count > 0 && !oom_acknowledged
        ? [{ what: `${name} was killed for want of memory.`, next: `stave services oom acknowledge ${id}` }]
        : []),
      ...(drift
        ? [
            {
              what: `${name} is limited otherwise than configured (${drift_fields.join(", ")}).`,
              next: `stave services limits get ${id}`,
            },
          ]
        : []),
    ]);
  } catch (error) {
    // Docker is away: its services say so themselves.
    if (error instanceof CliError && error.serverCode !== undefined) return [];
    throw error;
  }
}

function ofUsage({ usage }: State): readonly Attention[] {
  return (usage?.services ?? []).flatMap(({ id, name, sizeBytes, quotaBytes }) => {
    if (quotaBytes === null || sizeBytes < quotaBytes * nearlyFull) return [];
    const percent = Math.floor((sizeBytes / quotaBytes) * 100);
    return [
      { what: `${name} uses ${percent} % of its quota.`, next: `stave services update ${id} -s quota_bytes=BYTES` },
    ];
  });
}

function ofJobs({ failedJobs }: State, now: Date): readonly Attention[] {
  return failedJobs
    .filter(({ finishedAt }) => finishedAt !== null && now.getTime() - new Date(finishedAt).getTime() < dayMs)
    .map(({ id, type, problem }) => ({
      what: `The job ${type} has failed: ${problem?.detail ?? "nobody knows why"}`,
      next: `stave jobs show ${id}`,
    }));
}
