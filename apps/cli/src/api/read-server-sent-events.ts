import { StringDecoder } from "node:string_decoder";
import { CliError } from "../command/cli-error.ts";
import { networkError } from "./network-error.ts";

export type ServerSentEvent = { readonly id: string | undefined; readonly event: string; readonly data: string };

/** More than that is no event of ours, but somebody who never ends a line. */
const maxEventChars = 4 * 1024 ** 2;

/** Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html. A stream that is cut off throws `Network`. */
export async function* readServerSentEvents(
  body: AsyncIterable<Uint8Array>,
  from: { readonly url: string; readonly signal: AbortSignal },
): AsyncGenerator<ServerSentEvent> {
  let [id, event, data]: [string | undefined, string, string[]] = [undefined, "message", []];
  for await (const line of readLines(body, from)) {
    if (line === "") {
      if (data.length > 0) yield { id, event, data: data.join("\n") };
      [event, data] = ["message", []];
      continue;
    }
    const [, field = "", value = ""] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (field === "id") id = value;
    if (field === "event") event = value;
    if (field === "data") data.push(value);
  }
}

async function* readLines(
  body: AsyncIterable<Uint8Array>,
  from: { readonly url: string; readonly signal: AbortSignal },
): AsyncGenerator<string> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  try {
    for await (const chunk of body) {
      const lines = (rest + decoder.write(Buffer.from(chunk))).split("\n");
      rest = lines.pop() ?? "";
      if (rest.length > maxEventChars) throw new CliError("Failed", "The server sends an event without an end.");
      for (const line of lines) yield line.replace(/\r$/, "");
    }
  } catch (error) {
    throw error instanceof CliError ? error : networkError(error, from);
  }
}
