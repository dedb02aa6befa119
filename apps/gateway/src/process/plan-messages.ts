import type { Worker } from "node:cluster";
import { S3Error, type S3ErrorCode } from "../errors/s3-error.ts";
import { toS3Error } from "../errors/to-s3-error.ts";
import type { PlanLine, PlanQuery } from "../lifecycle/show-plan.ts";
import { askWorker } from "./ask-worker.ts";

// How the parent, which has no store open, reads a plan of the lifecycle rules from a worker: piece by piece, as it is taken.

export type Plan = AsyncGenerator<readonly PlanLine[]>;

/** The parent wants the next piece of a plan, or, without a query, no more of it. */
type PlanRequest = { readonly kind: "plan"; readonly id: number; readonly query: PlanQuery | undefined };

type PlanAnswer = { readonly kind: "planned"; readonly id: number } & (
  | { readonly lines: readonly PlanLine[] | undefined }
  | { readonly code: S3ErrorCode; readonly message: string }
);

/** Answers the parent in a worker. Other messages are somebody else's. */
export function answerPlanRequests(
  createPlan: (query: PlanQuery) => Plan,
  send: (answer: PlanAnswer) => void,
): (message: unknown) => void {
  const plans = new Map<number, Plan>();

  const next = async (id: number, query: PlanQuery): Promise<PlanAnswer> => {
    const plan = plans.get(id) ?? createPlan(query);
    plans.set(id, plan);
    try {
      const { value, done } = await plan.next();
      if (done === true) plans.delete(id);
      return { kind: "planned", id, lines: done === true ? undefined : value };
    } catch (error) {
      plans.delete(id);
      const { code, message } = toS3Error(error);
      return { kind: "planned", id, code, message };
    }
  };

  return (message) => {
    if (!isPlanRequest(message)) return;
    const { id, query } = message;
    if (query !== undefined) {
      void next(id, query).then(send); // which does not reject
      return;
    }
    void plans.get(id)?.return(undefined);
    plans.delete(id);
  };
}

let lastId = 0;

/** Reads a plan in the parent. Rejects with what the worker says, or when it dies. */
export async function* requestPlan(worker: Worker, query: PlanQuery): Plan {
  lastId += 1;
  const id = lastId;
  try {
    for (;;) {
      const request: PlanRequest = { kind: "plan", id, query };
      const answer = await askWorker(worker, request, (message) => isPlanAnswer(message, id));
      if ("code" in answer) throw new S3Error(answer.code, answer.message);
      if (answer.lines === undefined) return;
      yield answer.lines;
    }
  } finally {
    const end: PlanRequest = { kind: "plan", id, query: undefined };
    worker.send(end, () => {}); // one that has died has forgotten it
  }
}

function isPlanRequest(message: unknown): message is PlanRequest {
  return typeof message === "object" && message !== null && "kind" in message && message.kind === "plan";
}

function isPlanAnswer(message: unknown, id: number): message is PlanAnswer {
  const isAnswer = typeof message === "object" && message !== null && "kind" in message && message.kind === "planned";
  return isAnswer && "id" in message && message.id === id;
}
