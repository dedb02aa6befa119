import { createHash } from "node:crypto";
import { once } from "node:events";
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";

/** A request, byte for byte as it goes onto the wire. */
export type Wire = {
  readonly method: string;
  /** As text: `URL` would remove dot segments of a key. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of a stream, `content-length` is among the headers. */
  readonly body?: Buffer | (() => Iterable<Buffer>);
  /** Sends `Expect: 100-continue`, and the body only after the server has said so. */
  readonly isExpecting?: boolean;
  /** Connect there, whatever the URL says. */
  readonly address?: string;
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
};

export type Answer = {
  readonly status: number;
  /** By lower-case name; those that came twice are joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  /** Its beginning. */
  readonly body: Buffer;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** `100 Continue` came. */
  readonly isContinued: boolean;
};

/** Of a body that is looked into: error documents and small objects. */
const keptBytes = 256 * 1024;
const usualTimeoutMs = 30_000;

/** Sends it on a connection of its own. Rejects when there is no whole answer. */
export async function send(wire: Wire): Promise<Answer> {
  const { signal, timeoutMs = usualTimeoutMs } = wire;
  const ended = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const request = open(wire, ended);
  let isContinued = false;
  const answered = answerOf(request);
  // Its failure is seen below, also when it comes while the body is sent.
  answered.catch(() => {});
  request.on("continue", () => {
    isContinued = true;
  });
  if (wire.isExpecting === true) {
    request.flushHeaders();
    await Promise.race([once(request, "continue", { signal: ended }).catch(() => {}), answered.catch(() => {})]);
    if (isContinued) await write(request, wire.body);
  } else {
    await write(request, wire.body);
  }
  try {
    const response = await answered;
    return { ...(await read(response)), isContinued };
  } finally {
    request.destroy();
  }
}

function open({ method, url, headers, isExpecting, address }: Wire, signal: AbortSignal): ClientRequest {
  const [, scheme = "", host = "", target = "/"] = /^(https?):\/\/([^/?#]+)(.*)$/s.exec(url) ?? [];
  const { hostname, port } = new URL(`${scheme}://${host}`);
  const name = hostname.replace(/^\[|\]$/g, "");
  const options = {
    method,
    host: address ?? name,
    port: port === "" ? (scheme === "https" ? 443 : 80) : port,
    path: target === "" ? "/" : target,
    headers: { host, ...headers, ...(isExpecting === true && { expect: "100-continue" }) },
    setHost: false,
    agent: false,
    signal,
  };
  return scheme === "https" ? httpsRequest({ ...options, servername: name }) : httpRequest(options);
}

async function answerOf(request: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return response;
}

/** Ends early when the answer is there before the body has gone. */
async function write(request: ClientRequest, body: Wire["body"]): Promise<void> {
  if (typeof body !== "function") {
    request.end(body);
    return;
  }
  let isOver = false;
  const over = new Promise<void>((resolve) => {
    const stop = () => {
      isOver = true;
      resolve();
    };
    request.once("response", stop).once("error", stop).once("close", stop);
  });
  for (const chunk of body()) {
    if (isOver) return;
    if (!request.write(chunk)) await Promise.race([once(request, "drain").catch(() => {}), over]);
  }
  if (!isOver) request.end();
}

async function read(response: IncomingMessage): Promise<Omit<Answer, "isContinued">> {
  const kept: Buffer[] = [];
  const sha256 = createHash("sha256");
  let sizeBytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (sizeBytes < keptBytes) kept.push(chunk.subarray(0, keptBytes - sizeBytes));
    sizeBytes += chunk.length;
    sha256.update(chunk);
  }
  return {
    status: response.statusCode ?? 0,
    headers: joinHeaders(response.rawHeaders),
    body: Buffer.concat(kept),
    sizeBytes,
    sha256: sha256.digest("hex"),
  };
}

/** Node drops what came twice of some: that is what is looked for. */
function joinHeaders(raw: readonly string[]): Readonly<Record<string, string>> {
  const joined = new Map<string, string>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? "").toLowerCase();
    const before = joined.get(name);
    joined.set(name, before === undefined ? (raw[at + 1] ?? "") : `${before}, ${raw[at + 1]}`);
  }
  return Object.fromEntries(joined);
}
