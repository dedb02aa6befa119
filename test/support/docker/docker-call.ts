import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import type { Readable } from "node:stream";
import { json, text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";

export interface DockerCallOptions {
  readonly method?: "GET" | "POST" | "DELETE" | "PUT";
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or a stream of bytes. */
  readonly body?: object | Readable;
}

/** One call of the Engine API, without a client library: tests of such a library must not lean on it. Throws for 4xx and 5xx. */
export async function dockerCall<Answer = unknown>(
  socketPath: string,
  path: string,
  options: DockerCallOptions = {},
): Promise<Answer> {
  const response = await dockerResponse(socketPath, path, options);
  const isJson = response.headers["content-type"]?.startsWith("application/json") === true;
  return (isJson ? await json(response) : await text(response)) as Answer;
}

/** For what answers with one JSON document a line. Throws also for an error that comes after the head. */
export async function dockerStream(
  socketPath: string,
  path: string,
  options: DockerCallOptions = {},
): Promise<readonly Record<string, unknown>[]> {
  const lines = (await text(await dockerResponse(socketPath, path, options)))
    .split("\n")
    .filter((line) => line.trim() !== "");
  const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const failed = events.find(({ error }) => error !== undefined);
  if (failed !== undefined) throw new Error(`${path}: ${String(failed.error)}`);
  return events;
}

async function dockerResponse(socketPath: string, path: string, options: DockerCallOptions): Promise<IncomingMessage> {
  const { method = "GET", body } = options;
  const isStream = body !== undefined && "pipe" in body;
  const type = isStream ? "application/x-tar" : "application/json";
  const call = request({
    socketPath,
    path,
    method,
    headers: { host: "docker", "content-type": type, ...options.headers },
    agent: false,
  });
  const answered = once(call, "response") as Promise<[IncomingMessage]>;
  if (isStream) await Promise.race([pipeline(body as Readable, call), answered]);
  else call.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = await answered;
  if ((response.statusCode ?? 500) < 400) return response;
  throw new Error(`${method} ${path}: ${response.statusCode} ${await text(response)}`);
}
