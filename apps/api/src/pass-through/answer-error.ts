import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { drainRequest } from "./drain-request.ts";

type Refusal = {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly status: 400 | 503;
  /** Whether the client sends a body, or still waits to be asked for it. */
  readonly isBodyComing: boolean;
};

const errors = {
  400: { code: "BadRequest", text: "The request could not be read as HTTP/1.1." },
  503: { code: "ServiceUnavailable", text: "The storage does not answer right now. Please try again." },
} as const;

/** What a client of S3 understands, and comes back for. */
export async function answerError({ message, response, status, isBodyComing }: Refusal): Promise<void> {
  const requestId = randomBytes(8).toString("hex").toUpperCase();
  // The writer of XML is read when it is needed: the api has no other use for it.
  const { writeError } = await import("@stave/s3-xml");
  if (response.destroyed || response.headersSent) return;
  const { code, text } = errors[status];
  const [path = ""] = (message.url ?? "").split("?"); // a query may hold a signature
  const xml = Buffer.from(writeError({ code, message: text, resource: path, requestId }));
  const isEarly = !message.complete;
  response.writeHead(status, {
    "x-amz-request-id": requestId,
    "content-type": "application/xml",
    "content-length": xml.length,
    ...(status === 503 && { "retry-after": "1" }),
    ...(isEarly && { connection: "close" }),
  });
  if (message.method === "HEAD") response.flushHeaders();
  else response.write(xml);
  if (isEarly && isBodyComing) await drainRequest(message);
  response.end();
}
