import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { ann } from "../../../gateway/test/support/start-gateway.ts";
import { startWebhookReceiver } from "../../../gateway/test/support/webhook-receiver.ts";

/** What the operator of the examples has named: the webhook `thumbnails`, and the server `office`, which is the gateway itself. */
export type Receivers = {
  /** Of the gateway. */
  readonly args: readonly string[];
  /** Where `office` is, as soon as somebody knows. */
  setOfficePort(port: number): void;
  close(): Promise<void>;
};

const allowedNetworks = ["127.0.0.0/8"];

export async function startReceivers(folder: string): Promise<Receivers> {
  const webhook = await startWebhookReceiver();
  const office = await startRelay();
  const { accessKeyId, secretAccessKey } = ann;
  const webhooks = [
    {
      name: "thumbnails",
      url: webhook.url,
      secret: `whsec_${Buffer.alloc(32, 9).toString("base64")}`,
      allowedNetworks,
    },
  ];
  const remotes = [
    {
      name: "office",
      endpoint: `http://127.0.0.1:${office.port}`,
      region: "us-east-1",
      accessKeyId,
      secretAccessKey,
      allowedNetworks,
    },
  ];
  const files = { webhooks: join(folder, "gateway-webhooks.json"), remotes: join(folder, "gateway-remotes.json") };
  await writeFile(files.webhooks, JSON.stringify(webhooks), { mode: 0o600 });
  await writeFile(files.remotes, JSON.stringify(remotes), { mode: 0o600 });
  return {
    args: ["--webhook-targets", files.webhooks, "--replication-remotes", files.remotes],
    setOfficePort: office.setPort,
    async close() {
      await webhook.close();
      await office.close();
    },
  };
}

/** Passes bytes on. The gateway is told its address before it has one of its own. */
async function startRelay() {
  let upstream = 0;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(upstream, "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("close", () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
      socket.on("error", () => {});
    }
    near.pipe(far).pipe(near);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    setPort(port: number) {
      upstream = port;
    },
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      if (server.listening) await once(server, "close");
    },
  };
}
