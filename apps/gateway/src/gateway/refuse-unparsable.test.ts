import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { refuseUnparsable } from "./refuse-unparsable.ts";

const options = {
  maxHeaderBytes: 16_384,
  requestId: "ID",
  hostId: "HOST",
  isRequestOpen: false,
  answering: [],
  isRefusing: false,
};

const opened: { destroy(): void }[] = [];
afterEach(() => {
  for (const socket of opened.splice(0)) socket.destroy();
});

/** Both ends of a connection. */
async function connection(): Promise<{ readonly ours: Socket; readonly theirs: Socket }> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const theirs = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [ours] = (await once(server, "connection")) as [Socket];
  server.close();
  opened.push(ours, theirs);
  return { ours, theirs };
}

async function answerTo(code: string, change: Partial<typeof options> = {}): Promise<string> {
  const { ours, theirs } = await connection();

  refuseUnparsable(Object.assign(new Error("unparsable"), { code }), ours, { ...options, ...change });

  let text = "";
  for await (const chunk of theirs) text += chunk;
  return text;
}

test.each([
  ["HPE_INVALID_METHOD", {}, "BadRequest"],
  ["HPE_HEADER_OVERFLOW", {}, "RequestHeaderSectionTooLarge"],
  ["ERR_HTTP_REQUEST_TIMEOUT", {}, "RequestTimeout"],
  ["HPE_INVALID_CHUNK_SIZE", { isRequestOpen: true }, "IncompleteBody"],
  ["HPE_INVALID_EOF_STATE", { isRequestOpen: true }, "IncompleteBody"],
])("%s with %j is answered as %s, with ids, and closes", async (code, change, expected) => {
  const text = await answerTo(code, change);

  expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(text).toContain("\r\nx-amz-request-id: ID\r\n");
  expect(text).toContain("\r\nconnection: close\r\n");
  expect(text).toContain(`<Code>${expected}</Code>`);
  expect(text).toContain("<RequestId>ID</RequestId>");
});

test("a connection that was reset gets no answer", async () => {
  expect(await answerTo("ECONNRESET")).toBe("");
});

test("a body that cannot be read gets no second answer", async () => {
  expect(await answerTo("HPE_INVALID_CHUNK_SIZE", { isRequestOpen: true, isRefusing: true })).toBe("");
});
