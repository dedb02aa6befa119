import type { Readable } from "node:stream";
import { type CallOptions, containerPath } from "./engine-client.ts";
import type { EngineContext } from "./engine-context.ts";
import { inspectRaw } from "./service-container.ts";

export interface LogOptions extends CallOptions {
  /** So many of the last lines, at most 10,000. @default 200 */
  readonly tail?: number;
  readonly since?: Date;
  readonly until?: Date;
  /** Goes on with what comes, until the container is removed or the signal ends it. @default false */
  readonly follow?: boolean;
  /** Only lines with this in them, in any case of letters; `tail` counts before it. */
  readonly text?: string;
}

export interface LogLine {
  readonly stream: "stderr" | "stdout";
  readonly at: Date;
  /** At most 16,384 bytes; more is cut off. */
  readonly text: string;
}

const maxTail = 10_000;
const maxLineBytes = 16_384;

/** The lines that a container has printed, each with its time. Throws `ContainerNotFound`. */
export async function* readLogs(context: EngineContext, id: string, options: LogOptions = {}): AsyncGenerator<LogLine> {
  const { tail = 200, since, until, follow = false, text, signal } = options;
  const call = signal === undefined ? {} : { signal };
  const { Config } = await inspectRaw(context, id, call);
  const query = {
    stdout: "1",
    stderr: "1",
    timestamps: "1",
    tail: String(Math.max(0, Math.min(Math.trunc(tail), maxTail))),
    follow: follow ? "1" : "0",
    ...(since && { since: seconds(since) }),
    ...(until && { until: seconds(until) }),
  };
  const stream = await context.client.stream("GET", `${containerPath(id)}/logs`, { query, ...call });
  const wanted = text?.toLowerCase();
  try {
    for await (const { stream: name, bytes } of readLines(Config.Tty ? raw(stream) : demultiplex(stream))) {
      const line = parseLine(name, bytes);
      if (wanted === undefined || line.text.toLowerCase().includes(wanted)) yield line;
    }
  } finally {
    stream.destroy();
  }
}

/** For messages of errors: the last lines, or nothing. */
export async function readLastLines(context: EngineContext, id: string, options: CallOptions): Promise<string> {
  const lines: string[] = [];
  try {
    for await (const { text } of readLogs(context, id, { tail: 20, ...options })) lines.push(text.slice(0, 500));
  } catch {
    options.signal?.throwIfAborted();
    // The error that is being described matters more than its log.
  }
  return lines.length === 0 ? "" : ` Its last lines:\n${lines.join("\n")}`;
}

type Piece = { readonly stream: LogLine["stream"]; readonly bytes: Buffer };

/** Frames: one byte of stream, three of nothing, four of length. https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach */
async function* demultiplex(source: Readable): AsyncGenerator<Piece> {
  let header = Buffer.alloc(0);
  let left = 0;
  let stream: LogLine["stream"] = "stdout";
  for await (const chunk of source as AsyncIterable<Buffer>) {
    let rest = chunk;
    while (rest.length > 0) {
      if (left > 0) {
        yield { stream, bytes: rest.subarray(0, left) };
        const taken = Math.min(left, rest.length);
        left -= taken;
        rest = rest.subarray(taken);
        continue;
      }
      const missing = 8 - header.length;
      header = Buffer.concat([header, rest.subarray(0, missing)]);
      rest = rest.subarray(missing);
      if (header.length < 8) break;
      stream = header[0] === 2 ? "stderr" : "stdout";
      left = header.readUInt32BE(4);
      header = Buffer.alloc(0);
    }
  }
}

/** A container with a terminal has one stream without frames. */
async function* raw(source: Readable): AsyncGenerator<Piece> {
  for await (const bytes of source as AsyncIterable<Buffer>) yield { stream: "stdout", bytes };
}

/** Whole lines of each stream; of one that never ends only the beginning is kept. */
async function* readLines(pieces: AsyncIterable<Piece>): AsyncGenerator<Piece> {
  const kept: Record<LogLine["stream"], Buffer[]> = { stdout: [], stderr: [] };
  const sizes: Record<LogLine["stream"], number> = { stdout: 0, stderr: 0 };
  const keep = (stream: LogLine["stream"], bytes: Buffer): void => {
    const room = maxLineBytes - sizes[stream];
    if (room <= 0 || bytes.length === 0) return;
    kept[stream].push(bytes.subarray(0, room));
    sizes[stream] += Math.min(room, bytes.length);
  };
  const take = (stream: LogLine["stream"]): Piece => {
    const line = { stream, bytes: Buffer.concat(kept[stream]) };
    kept[stream] = [];
    sizes[stream] = 0;
    return line;
  };
  for await (const { stream, bytes } of pieces) {
    let start = 0;
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
      keep(stream, bytes.subarray(start, end));
      yield take(stream);
      start = end + 1;
    }
    keep(stream, bytes.subarray(start));
  }
  for (const stream of ["stdout", "stderr"] as const) if (sizes[stream] > 0) yield take(stream);
}

function parseLine(stream: LogLine["stream"], bytes: Buffer): LogLine {
  const line = bytes.toString().replace(/\r$/, "");
  const space = line.indexOf(" ");
  const time = space === -1 ? line : line.slice(0, space);
  return { stream, at: new Date(time), text: space === -1 ? "" : line.slice(space + 1) };
}

function seconds(date: Date): string {
  return (date.getTime() / 1000).toFixed(3);
}
