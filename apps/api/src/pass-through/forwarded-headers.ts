// What a proxy must not pass on: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
import type { IncomingMessage } from "node:http";

/** As Express has it: `hop` is 0 for the other end of the connection. */
export type IsTrusted = (address: string, hop: number) => boolean;

type Sent = Pick<IncomingMessage, "rawHeaders" | "headers"> & {
  readonly socket: Pick<IncomingMessage["socket"], "remoteAddress">;
};

/** Of one connection. `Transfer-Encoding` stays: node:http frames the body as it says. */
const ofConnection = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "upgrade",
]);
/** Said anew: the gateway believes this process. */
const ofClient = new Set(["x-forwarded-for", "x-forwarded-proto"]);
/** More hops than anybody has; what stands before them may be a client's invention. */
const maxHops = 32;

/**
 * All headers as they came, names, order and repetitions, but those of the connection. Then who asks: the client itself, as a header of a client
 * that is no trusted proxy is no proof of anything.
 */
export function requestHeaders(message: Sent, isTrusted: IsTrusted): string[] {
  const peer = message.socket.remoteAddress ?? "";
  const isProxied = isTrusted(peer, 0);
  const named = namedByConnection(message.headers.connection);
  const kept = keep(message.rawHeaders, (name) => {
    if (ofClient.has(name) || named.has(name)) return false;
    return name !== "x-forwarded-host" || isProxied;
  });
  const protocol = isProxied ? listOf(message.headers["x-forwarded-proto"]).at(-1) : undefined;
  kept.push("X-Forwarded-For", clientAddress(message, isTrusted), "X-Forwarded-Proto", protocol ?? "http");
  return kept;
}

export function responseHeaders({ rawHeaders }: Pick<IncomingMessage, "rawHeaders">): string[] {
  // Framed anew, chunk by chunk, where there is no length.
  return keep(rawHeaders, (name) => name !== "transfer-encoding");
}

/** The right-most address that is no trusted proxy: whoever stands before it may be invented. */
function clientAddress({ headers, socket }: Sent, isTrusted: IsTrusted): string {
  const hops = [socket.remoteAddress ?? "", ...listOf(headers["x-forwarded-for"]).toReversed()].slice(0, maxHops);
  return hops.find((address, hop) => !isTrusted(address, hop)) ?? hops.at(-1) ?? "";
}

/**
 * `Connection` may name more headers of its own. What frames a message, or a signature may cover, is none of these, whoever says so: without it
 * the gateway would read another request than this process did.
 */
function namedByConnection(connection: string | undefined): ReadonlySet<string> {
  const isOwn = (name: string) =>
    !/^(content-|transfer-|host$|authorization$|expect$|date$|range$|if-|x-amz-)/.test(name);
  return new Set(
    listOf(connection)
      .map((name) => name.toLowerCase())
      .filter(isOwn),
  );
}

function keep(rawHeaders: readonly string[], isKept: (name: string) => boolean): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    const lower = name.toLowerCase();
    if (!ofConnection.has(lower) && isKept(lower)) kept.push(name, rawHeaders[index + 1] ?? "");
  }
  return kept;
}

function listOf(header: string | readonly string[] | undefined): string[] {
  const text = typeof header === "string" ? header : (header?.join(",") ?? "");
  return text === "" ? [] : text.split(",").map((item) => item.trim());
}
