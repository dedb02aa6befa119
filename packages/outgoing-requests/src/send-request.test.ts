import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { createAddressRules } from "./address-rules.ts";
import { type OutgoingRequest, type SendOptions, sendRequest } from "./send-request.ts";

async function withServer(
  listener: RequestListener,
  work: (
    send: (change?: Partial<OutgoingRequest & SendOptions>) => ReturnType<typeof sendRequest>,
    port: number,
  ) => Promise<void>,
): Promise<void> {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const send = (change: Partial<OutgoingRequest & SendOptions> = {}) => {
    const { origin = new URL(`http://127.0.0.1:${port}`), ...options } = change;
    const request = { method: "POST", target: "/", headers: {}, body: Buffer.from("body"), origin, ...options };
    const limits = { idleTimeoutMs: 5_000, maxAnswerBytes: 1_000, signal: new AbortController().signal };
    return sendRequest(request, { ...limits, addresses: createAddressRules(["127.0.0.0/8"]), ...options });
  };
  try {
    await work(send, port);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

test.each([
  ["an address", "http://127.0.0.1"],
  ["an address in one number", "http://2130706433"],
  ["an address in hexadecimal", "http://0x7f.1"],
  ["an address of IPv6", "http://[::1]"],
  ["an address of IPv4 in IPv6", "http://[::ffff:127.0.0.1]"],
  ["the metadata of a cloud", "http://169.254.169.254"],
  ["a name that resolves to this machine", "http://localhost"],
])("security S27: refuses %s that is not allowed, and connects to nobody", async (_, origin) => {
  let requests = 0;
  const listener: RequestListener = (_request, response) => {
    requests += 1;
    response.end();
  };
  await withServer(listener, async (send, port) => {
    const addresses = createAddressRules([]);
    await expect(send({ origin: new URL(`${origin}:${port}`), addresses })).rejects.toMatchObject({
      name: "AddressRefused",
    });
  });
  expect(requests).toBe(0);
});

test("security S27: takes a redirect for an answer", async () => {
  const paths: string[] = [];
  const listener: RequestListener = (request, response) => {
    paths.push(request.url ?? "");
    response.writeHead(302, { location: "/elsewhere" }).end();
  };
  await withServer(listener, async (send) => {
    expect((await send()).status).toBe(302);
  });
  expect(paths).toEqual(["/"]);
});

test("reads an answer up to its limit, and no further", async () => {
  const listener: RequestListener = (_request, response) => {
    const write = (): void => {
      while (response.write(Buffer.alloc(500, "x")));
      response.once("drain", write);
    };
    write();
  };
  await withServer(listener, async (send) => {
    const { status, body } = await send();
    expect(status).toBe(200);
    expect(body.length).toBeLessThanOrEqual(1_000);
  });
});

test("gives up a server that says nothing, and when it is told to", async () => {
  await withServer(
    () => {},
    async (send) => {
      await expect(send({ idleTimeoutMs: 50 })).rejects.toThrow("No byte for 50 ms");
      await expect(send({ signal: AbortSignal.timeout(50) })).rejects.toThrow(/abort/i);
    },
  );
});

test("says what a server answered that did not want the body", async () => {
  const listener: RequestListener = (_request, response) => {
    response.writeHead(403, { connection: "close" }).end("no");
  };
  await withServer(listener, async (send) => {
    async function* endless() {
      for (;;) yield Buffer.alloc(65_536);
    }
    const answer = await send({ body: endless(), headers: { "content-length": String(2 ** 40) } }).catch(
      (error: unknown) => error, // the connection may break before the answer is read
    );
    if (!(answer instanceof Error)) expect(answer).toMatchObject({ status: 403 });
  });
});

test("fails when the body fails", async () => {
  await withServer(
    () => {},
    async (send) => {
      async function* failing() {
        yield Buffer.from("half");
        throw new Error("no more");
      }
      await expect(send({ body: failing(), headers: { "content-length": "8" } })).rejects.toThrow("no more");
    },
  );
});
