import { expect } from "vitest";
import type { TestApi } from "./start-api.ts";

/** A job with its log, once it has ended. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
export async function endedJob(api: Pick<TestApi, "call">, id: string, timeoutMs = 60_000): Promise<any> {
  const find = async () => (await api.call(`/api/jobs/${id}`)).body.data;
  await expect.poll(async () => (await find()).finishedAt, { timeout: timeoutMs, interval: 100 }).not.toBeNull();
  return await find();
}
