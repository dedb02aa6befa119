import { type ProblemCode, statusOfProblem } from "@stave/api-contract";
import type { ApiAnswer, TestApi } from "./start-api.ts";
import { waitFor } from "./wait-for.ts";

/** What the answer would have been on a machine that is fast enough: a job that takes longer than 8 s is answered with 202. */
export async function finishJob(api: TestApi, answer: ApiAnswer, good = 200): Promise<ApiAnswer> {
  const location = answer.headers.get("location") ?? "";
  if (answer.status !== 202 || !location.startsWith("/api/jobs/")) return answer;
  const read = async () => (await api.call(location)).body.data;
  await waitFor(async () => (await read()).finishedAt !== null);
  const { state, problem, subject } = await read();
  if (state !== "completed") {
    return { ...answer, status: statusOfProblem[problem.code as ProblemCode], body: problem };
  }
  const { body } = await api.call(`/api/external-services/${subject.replace("service:", "")}`);
  return { ...answer, status: good, body: answer.body.service === undefined ? body.service : body };
}
