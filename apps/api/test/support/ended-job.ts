import type { TestApi } from "./start-api.ts";
import { waitFor } from "./wait-for.ts";

/** A job with its log, once it has ended. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
export async function endedJob(api: Pick<TestApi, "call">, id: string, timeoutMs = 60_000): Promise<any> {
  const find = async () => (await api.call(`/api/jobs/${id}`)).body.data;
  await waitFor(async () => (await find()).finishedAt !== null, timeoutMs);
  return await find();
}
