import type { ApiAnswer, ApiCall, TestApi } from "../../../api/test/support/start-api.ts";
import { waitFor } from "../../../api/test/support/wait-for.ts";

/** Asks the api for a change, and waits for the job that goes on after the answer. Throws when it is refused with another status than these. */
export async function act(
  api: TestApi,
  path: string,
  { method = "POST", json, mayRefuse = [] }: Pick<ApiCall, "method" | "json"> & { readonly mayRefuse?: number[] } = {},
): Promise<ApiAnswer["body"]> {
  const { status, headers, body } = await api.call(path, { method, ...(json !== undefined && { json }) });
  if (status >= 400 && !mayRefuse.includes(status)) {
    throw new Error(`${method} ${path}: ${status} ${JSON.stringify(body)}`);
  }
  const job = headers.get("location");
  if (status === 202 && job !== null) await waitFor(() => hasEnded(api, job));
  return body;
}

async function hasEnded(api: TestApi, job: string): Promise<boolean> {
  const { type, state, problem } = (await api.call(job)).body.data;
  if (state === "failed") throw new Error(`${type} has failed: ${JSON.stringify(problem)}`);
  return state === "completed";
}
