import { expect, test } from "vitest";
import { readServerSentEvents, type ServerSentEvent } from "./read-server-sent-events.ts";

const stream =
  ': still here\n\nretry: 2000\n\nid: 7\nevent: job\ndata: {"name":"grün"}\n\ndata: one\r\ndata: two\r\n\r\nevent: nothing\n\nid: 8\ndata:bare\n\ndata: cut off';

const expected = [
  { id: "7", event: "job", data: '{"name":"grün"}' },
  { id: "7", event: "message", data: "one\ntwo" },
  { id: "8", event: "message", data: "bare" },
];

async function readAll(chunks: Iterable<Uint8Array>): Promise<readonly ServerSentEvent[]> {
  const from = { url: "http://127.0.0.1", signal: new AbortController().signal };
  async function* body() {
    yield* chunks;
  }
  const events: ServerSentEvent[] = [];
  for await (const event of readServerSentEvents(body(), from)) events.push(event);
  return events;
}

test("events are the same wherever the bytes are cut", async () => {
  const bytes = new TextEncoder().encode(stream);

  expect(await readAll([bytes])).toEqual(expected);
  for (let at = 1; at < bytes.length; at += 1) {
    expect(await readAll([bytes.subarray(0, at), bytes.subarray(at)]), `cut at ${at}`).toEqual(expected);
  }
});

test("a line without an end is refused", async () => {
  const chunk = new Uint8Array(1024 ** 2).fill(97);

  await expect(readAll([chunk, chunk, chunk, chunk, chunk])).rejects.toMatchObject({ code: "Failed" });
});

test("a stream that breaks is a matter of the network", async () => {
  function* broken() {
    yield new TextEncoder().encode("data: a\n");
    throw Object.assign(new Error("terminated"), { code: "UND_ERR_SOCKET" });
  }

  await expect(readAll(broken())).rejects.toMatchObject({ code: "Network" });
});
