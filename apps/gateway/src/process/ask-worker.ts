import type { Worker } from "node:cluster";

/** Sends a worker a message and waits for its answer. Rejects when it dies before. */
export function askWorker<Answer>(
  worker: Worker,
  request: object,
  isAnswer: (message: unknown) => message is Answer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const settle = (work: () => void): void => {
      worker.off("message", onMessage);
      worker.off("exit", onExit);
      work();
    };
    const onMessage = (message: unknown) => {
      if (isAnswer(message)) settle(() => resolve(message));
    };
    const onExit = () => settle(() => reject(new Error("The worker that was asked has died")));
    worker.on("message", onMessage);
    worker.on("exit", onExit);
    worker.send(request, (error) => {
      if (error !== null) settle(() => reject(error));
    });
  });
}
