import { notImplemented } from "../errors/not-implemented.ts";
import { S3Error } from "../errors/s3-error.ts";
import type { RequestHeaders } from "../http/request-headers.ts";

/**
 * Throws `NotImplemented` for transfer codings other than `chunked`, which node:http takes off. What is below it would be stored for
 * the body itself, and a proxy that reads a list of codings in another way would see other requests on the connection.
 */
export function refuseTransferCodings(headers: RequestHeaders): void {
  const coding = headers["transfer-encoding"];
  if (coding === undefined || coding.toLowerCase() === "chunked") return;
  const { code, message, elements } = notImplemented({ header: "Transfer-Encoding" });
  throw new S3Error(code, message, { elements, headers: { connection: "close" } });
}
