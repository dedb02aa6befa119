import { endedJob } from "./ended-job.ts";
import { createService } from "./service-account.ts";
import type { TestApi } from "./start-api.ts";

/** A service that is made however long it takes. Throws what its job has failed with. */
export async function runningService(
  api: TestApi,
  name: string,
  parameters: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly id: number; readonly endpoint: string }> {
  const { status, headers, body } = await createService(api, name, parameters);
  if (status !== 201 && status !== 202) throw new Error(`${name} was not made: ${JSON.stringify(body)}`);
  if (status === 202) {
    const { problem } = await endedJob(api, (headers.get("location") ?? "").split("/").at(-1) ?? "");
    if (problem !== null) throw new Error(`${name} was not made: ${problem.detail}`);
  }
  const { id, endpoint } = (await api.call(`/api/external-services/${body.id}`)).body.service;
  return { id, endpoint };
}
