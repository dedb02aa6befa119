// How HTTP/1.1 says that bytes are to be read as requests, with no leniency about where one ends: RFC 9112
import { METHODS } from "node:http";
import type { Header, WireRequest } from "./wire-request.ts";

/** The body is without its transfer encoding. */
export type ReadRequest = WireRequest & {
  /** What follows it is not read as a request. */
  readonly isLast: boolean;
  /** Its head is so large that a server may refuse it unread. */
  readonly isLarge: boolean;
  /** It asks for another protocol: what follows it may be dropped, as it may be in that protocol. */
  readonly asksUpgrade: boolean;
};

export type ReadRequests = {
  readonly requests: readonly ReadRequest[];
  /** After those, one whose head is good, and whose body is cut, broken or of no known length; with what there is of it. */
  readonly partial: ReadRequest | undefined;
  /** `whole`: the bytes end with a request. `cut`: they end within one. `malformed`: from there on nothing can be told. */
  readonly end: "whole" | "cut" | "malformed";
};

export function readRequests(bytes: Buffer): ReadRequests {
  const requests: ReadRequest[] = [];
  let at = 0;
  for (;;) {
    while (bytes[at] === 0x0d || bytes[at] === 0x0a) at += 1;
    if (at >= bytes.length) return { requests, partial: undefined, end: "whole" };
    const { request, end } = readRequest(bytes, at);
    if (typeof end === "string") return { requests, partial: request, end };
    if (request === undefined) return { requests, partial: undefined, end: "malformed" };
    requests.push(request);
    at = end;
    if (request.isLast)
      return { requests, partial: undefined, end: isBlank(bytes.subarray(at)) ? "whole" : "malformed" };
  }
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x0d || byte === 0x0a);
}

// A request to connect is for proxies, and ends the connection.
const methods = new Set(METHODS.filter((method) => method !== "CONNECT"));

type Found = { readonly request?: ReadRequest; readonly end: number | "cut" | "malformed" };

function readRequest(bytes: Buffer, start: number): Found {
  const headEnd = bytes.indexOf("\r\n\r\n", start);
  const head = bytes.toString("latin1", start, headEnd === -1 ? bytes.length : headEnd);
  const [line = "", ...lines] = head.split("\r\n");
  if (headEnd === -1) return { end: "cut" };
  const [, method = "", target = "", minor] =
    /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e]+) +HTTP\/1\.([01])$/.exec(line) ?? [];
  if (!methods.has(method) || !/^(?:\/|\*|[a-z]+:\/\/)/i.test(target)) return { end: "malformed" };
  const headers: Header[] = [];
  for (const field of lines) {
    const [, name, value] = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/.exec(field) ?? [];
    if (name === undefined || value === undefined) return { end: "malformed" };
    headers.push([name, value]);
  }
  const all = (name: string) => headers.filter(([other]) => other.toLowerCase() === name).map(([, value]) => value);
  const lengths = all("content-length");
  const codings = all("transfer-encoding");
  const asksUpgrade = all("upgrade").length > 0 && all("connection").some((value) => /\bupgrade\b/i.test(value));
  const isLast = minor === "0" || all("connection").some((value) => /\bclose\b/i.test(value));
  const bodyStart = headEnd + 4;
  const finish = (body: Buffer, end: Found["end"]) => ({
    request: { method, target, headers, body, isLast, isLarge, asksUpgrade },
    end,
  });
  const rest = bytes.subarray(bodyStart);
  const isLarge = headEnd - start > 16_384;
  if (codings.length > 0) {
    const list = (codings[0] ?? "").toLowerCase().split(/[ \t]*,[ \t]*/);
    const isKnown = codings.length === 1 && list.indexOf("chunked") === list.length - 1;
    if (lengths.length > 0 || !isKnown) return finish(rest, "malformed");
    const body = readChunked(bytes, bodyStart);
    if (typeof body === "string") return finish(rest, body);
    const found = finish(body.bytes, body.end);
    // Of trailers and chunk extensions no server takes as many as of data.
    const overheadBytes = body.end - bodyStart - body.bytes.length;
    return overheadBytes < 8192 ? found : { ...found, request: { ...found.request, isLarge: true } };
  }
  if (lengths.length > 1 || (lengths[0] !== undefined && !/^\d{1,20}$/.test(lengths[0])))
    return finish(rest, "malformed");
  const end = bodyStart + Number(lengths[0] ?? 0);
  return end > bytes.length ? finish(rest, "cut") : finish(bytes.subarray(bodyStart, end), end);
}

function readChunked(
  bytes: Buffer,
  start: number,
): { readonly bytes: Buffer; readonly end: number } | "cut" | "malformed" {
  const chunks: Buffer[] = [];
  let at = start;
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd === -1) return "cut";
    const [, size] =
      /^([0-9a-f]{1,12})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?$/i.exec(bytes.toString("latin1", at, lineEnd)) ?? [];
    if (size === undefined) return "malformed";
    at = lineEnd + 2;
    const sizeBytes = Number.parseInt(size, 16);
    if (sizeBytes === 0) break;
    if (at + sizeBytes + 2 > bytes.length) return "cut";
    chunks.push(bytes.subarray(at, at + sizeBytes));
    at += sizeBytes;
    if (bytes[at] !== 0x0d || bytes[at + 1] !== 0x0a) return "malformed";
    at += 2;
  }
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd === -1) return "cut";
    if (lineEnd === at) return { bytes: Buffer.concat(chunks), end: at + 2 };
    at = lineEnd + 2;
  }
}
