import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import { Problem, problemDocument } from "./problem.ts";

/** Answers what is no request that could be read, and closes the connection: the next byte might be anything. For `clientError`. */
export function answerUnreadable(error: Error & { readonly code?: string }, socket: Duplex): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") {
    socket.end("HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    return;
  }
  const problem =
    error.code === "HPE_HEADER_OVERFLOW"
      ? new Problem("HEADERS_TOO_LARGE", { detail: "The address and all headers may have 16 KiB together." })
      : new Problem("INVALID_REQUEST", { detail: "This is no HTTP request." });
  const requestId = randomUUID();
  const body = JSON.stringify(problemDocument(problem, requestId));
  const head = [
    problem.code === "HEADERS_TOO_LARGE" ? "HTTP/1.1 431 Request Header Fields Too Large" : "HTTP/1.1 400 Bad Request",
    "content-type: application/problem+json; charset=utf-8",
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
