import type { Worker } from "node:cluster";
import type { Explainer, RefusalQuery } from "../explain/create-explainer.ts";
import type { Explanation, RefusalSummary } from "../explain/explanation.ts";

// How the parent, which serves no requests, asks its workers why they refused one: whichever answered it knows.

/** What some processes know together. */
export interface Refusals {
  /** Undefined when none of them has it. */
  explain(requestId: string): Promise<Explanation | undefined>;
  /** The newest first. */
  list(query: RefusalQuery): Promise<readonly RefusalSummary[]>;
}

type WhyRequest = { readonly kind: "why"; readonly id: number } & (
  | { readonly requestId: string }
  | { readonly query: RefusalQuery }
);

type WhyAnswer = {
  readonly kind: "because";
  readonly id: number;
  readonly explanation?: Explanation;
  readonly list?: readonly RefusalSummary[];
  readonly hasFailed?: boolean;
};

/** A worker that is busy for longer is not waited for: another one may know. */
const answerMs = 5000;

/** Answers the parent in a worker. Other messages are somebody else's. */
export function answerWhyRequests(explainer: Explainer, send: (answer: WhyAnswer) => void): (message: unknown) => void {
  return (message) => {
    if (!isWhyRequest(message)) return;
    const { id } = message;
    if ("query" in message) {
      send({ kind: "because", id, list: explainer.list(message.query) });
      return;
    }
    explainer.explain(message.requestId).then(
      (explanation) => send({ kind: "because", id, ...(explanation !== undefined && { explanation }) }),
      () => send({ kind: "because", id, hasFailed: true }),
    );
  };
}

/** What a process that serves alone knows. */
export function refusalsOf(explainer: Explainer): Refusals {
  return { explain: explainer.explain, list: async (query) => explainer.list(query) };
}

/** What all workers know. */
export function refusalsOfWorkers(workers: () => Iterable<Worker>): Refusals {
  const asks = new WeakMap<Worker, Ask>();
  const askAll = (question: Question): Promise<readonly (WhyAnswer | undefined)[]> =>
    Promise.all(
      [...workers()].map((worker) => {
        const ask = asks.get(worker) ?? createAsk(worker);
        asks.set(worker, ask);
        return ask(question);
      }),
    );
  return {
    async explain(requestId) {
      const answers = await askAll({ requestId });
      const found = answers.find((answer) => answer?.explanation !== undefined)?.explanation;
      if (found === undefined && answers.some((answer) => answer === undefined || answer.hasFailed === true)) {
        throw new Error("A worker that may have refused the request did not say why");
      }
      return found;
    },
    async list(query) {
      const all = (await askAll({ query })).flatMap((answer) => answer?.list ?? []);
      return all.toSorted((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : 0)).slice(0, query.limit);
    },
  };
}

type Question = { readonly requestId: string } | { readonly query: RefusalQuery };

/** Answers undefined when the worker dies, or does not answer in time. */
type Ask = (question: Question) => Promise<WhyAnswer | undefined>;

/** However many ask at a time, one listener hears the worker. */
function createAsk(worker: Worker): Ask {
  const waiting = new Map<number, (answer?: WhyAnswer) => void>();
  let lastId = 0;
  worker.on("message", (message: unknown) => {
    if (isWhyAnswer(message)) waiting.get(message.id)?.(message);
  });
  worker.once("exit", () => {
    for (const settle of [...waiting.values()]) settle();
  });
  return (question) => {
    lastId += 1;
    const id = lastId;
    return new Promise((resolve) => {
      const settle = (answer?: WhyAnswer): void => {
        waiting.delete(id);
        clearTimeout(deadline);
        resolve(answer);
      };
      const deadline = setTimeout(settle, answerMs);
      waiting.set(id, settle);
      const request: WhyRequest = { kind: "why", id, ...question };
      worker.send(request, (error) => {
        if (error !== null) settle();
      });
    });
  };
}

function isWhyRequest(message: unknown): message is WhyRequest {
  return typeof message === "object" && message !== null && "kind" in message && message.kind === "why";
}

function isWhyAnswer(message: unknown): message is WhyAnswer {
  return typeof message === "object" && message !== null && "kind" in message && message.kind === "because";
}
