import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { PassThrough } from "../pass-through/create-pass-through.ts";
import { answerUnreadable } from "./answer-unreadable.ts";

export type ApiServerOptions = {
  readonly app: (message: IncomingMessage, response: ServerResponse) => void;
  readonly passThrough: Pick<PassThrough, "isFor" | "pass">;
};

/** One port for two: S3 is passed on before anything of the API looks at a request. Not listening yet. */
export function createApiServer({ app, passThrough }: ApiServerOptions): Server {
  const server = createServer({ keepAliveTimeout: 75_000, headersTimeout: 30_000, requestTimeout: 0, noDelay: true });
  server.on("request", (message: IncomingMessage, response: ServerResponse) => {
    if (passThrough.isFor(message.url)) passThrough.pass({ message, response, expectsContinue: false });
    else app(message, response);
  });
  server.on("checkContinue", (message: IncomingMessage, response: ServerResponse) => {
    if (passThrough.isFor(message.url)) passThrough.pass({ message, response, expectsContinue: true });
    else {
      response.writeContinue();
      app(message, response);
    }
  });
  const answers = new WeakMap<Duplex, ServerResponse>();
  for (const event of ["request", "checkContinue", "checkExpectation"] as const) {
    server.prependListener(event, ({ socket }: IncomingMessage, response: ServerResponse) => {
      answers.set(socket, response);
    });
  }
  server.on("clientError", (error: Error, socket: Duplex) => {
    const answer = answers.get(socket);
    // A second answer in the middle of the first would be read as part of it.
    if (answer?.headersSent === true && !answer.writableFinished) socket.destroy();
    else answerUnreadable(error, socket);
  });
  // An expectation that nobody knows is for the gateway to judge.
  server.on("checkExpectation", (message: IncomingMessage, response: ServerResponse) => {
    if (passThrough.isFor(message.url)) passThrough.pass({ message, response, expectsContinue: false });
    else response.writeHead(417).end();
  });
  return server;
}
