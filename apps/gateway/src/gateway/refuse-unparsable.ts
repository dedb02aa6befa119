import { once } from "node:events";
import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { errorResponse } from "../errors/error-response.ts";
import { S3Error } from "../errors/s3-error.ts";

/** A peer that does not close its side gets this long to read the answer. */
const lingerMs = 5000;

export interface RefuseUnparsableOptions {
  readonly maxHeaderBytes: number;
  readonly requestId: string;
  readonly hostId: string;
  /** Whether a request on this connection has not been answered yet: then it is its body that cannot be read. */
  readonly isRequestOpen: boolean;
  /** Answers to requests that were whole, due or on their way: nothing may be written before or into them. */
  readonly answering: readonly ServerResponse[];
  /** Whether the request whose body cannot be read has been answered already. */
  readonly isRefusing: boolean;
}

/** Answers what node:http could not read as a request, and closes the connection. Who sent good requests before it gets their answers. */
export function refuseUnparsable(error: NodeJS.ErrnoException, socket: Socket, options: RefuseUnparsableOptions): void {
  const { answering, isRefusing } = options;
  if (!socket.writable || error.code === "ECONNRESET") socket.destroy();
  else if (answering.length > 0) void endAfter(answering, socket);
  else if (isRefusing) socket.destroy();
  else refuse(explain(error, options), socket, options);
}

/** Answers have timeouts of their own. Nothing more is read: it cannot be understood. */
async function endAfter(answering: readonly ServerResponse[], socket: Socket): Promise<void> {
  socket.on("error", () => socket.destroy());
  socket.pause();
  await Promise.all(answering.filter(({ closed }) => !closed).map((response) => once(response, "close")));
  socket.destroySoon();
}

/** CONNECT is for proxies. node:http hands over its connection, and would close it without a word if nobody took it. */
export function refuseConnect(socket: Socket, options: Pick<RefuseUnparsableOptions, "requestId" | "hostId">): void {
  socket.on("error", () => socket.destroy());
  const message = "The specified method is not allowed against this resource.";
  refuse(new S3Error("MethodNotAllowed", message, { elements: { Method: "CONNECT" } }), socket, options);
  socket.resume(); // nothing of what may follow is wanted, but its end is
}

function refuse(
  refusal: S3Error,
  socket: Socket,
  { requestId, hostId }: Pick<RefuseUnparsableOptions, "requestId" | "hostId">,
): void {
  const { xml = "" } = errorResponse(refusal, { method: "", path: "", requestId, hostId });
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`,
    `x-amz-request-id: ${requestId}`,
    `x-amz-id-2: ${hostId}`,
    "server: Stave",
    `date: ${new Date().toUTCString()}`,
    "content-type: application/xml",
    `content-length: ${Buffer.byteLength(xml)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${xml}`);
  // Not the socket's own timeout: a client that keeps on sending would put it off for ever.
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once("close", () => clearTimeout(timer));
}

function explain(error: NodeJS.ErrnoException, { maxHeaderBytes, isRequestOpen }: RefuseUnparsableOptions): S3Error {
  switch (error.code) {
    case "HPE_HEADER_OVERFLOW":
      return new S3Error(
        "RequestHeaderSectionTooLarge",
        "Your request header section exceeds the maximum allowed size.",
        {
          elements: { MaxSizeAllowed: String(maxHeaderBytes) },
        },
      );
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new S3Error(
        "RequestTimeout",
        "Your socket connection to the server was not read from or written to within the timeout period.",
      );
  }
  return isRequestOpen
    ? new S3Error("IncompleteBody", "The request body ended early, or its chunks could not be read.")
    : new S3Error("BadRequest", "The request could not be read as HTTP/1.1.");
}
