import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export type ReceivedRequest = {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

export type WebhookReceiver = {
  readonly url: string;
  /** In the order they came. */
  readonly requests: readonly ReceivedRequest[];
  /** Names of events and keys, in the order they came; without test events. */
  events(): string[];
  /** Forgets what came. */
  clear(): void;
  /** What it answers from now on; undefined: nothing at all. */
  answer: (
    request: ReceivedRequest,
  ) => { readonly status: number; readonly headers?: Record<string, string> } | undefined;
  close(): Promise<void>;
};

/** A real server that takes events. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const requests: ReceivedRequest[] = [];
  const server = createServer(async (message, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk);
    const request = { path: message.url ?? "", headers: message.headers, body: Buffer.concat(chunks).toString() };
    requests.push(request);
    const answer = receiver.answer(request);
    if (answer !== undefined) response.writeHead(answer.status, answer.headers).end("ok");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const receiver: WebhookReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    requests,
    events: () =>
      requests.flatMap(({ body }) => recordsOf(body).map(({ eventName, s3 }) => `${eventName} ${s3.object.key}`)),
    clear: () => {
      requests.length = 0;
    },
    answer: () => ({ status: 200 }),
    close: async () => {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, "close");
    },
  };
  return receiver;
}

export type EventRecord = {
  readonly eventName: string;
  readonly eventTime: string;
  readonly eventVersion: string;
  readonly eventSource: string;
  readonly awsRegion: string;
  readonly userIdentity: { readonly principalId: string };
  readonly requestParameters: { readonly sourceIPAddress: string };
  readonly responseElements: Readonly<Record<string, string>>;
  readonly s3: {
    readonly configurationId: string;
    readonly bucket: {
      readonly name: string;
      readonly arn: string;
      readonly ownerIdentity: { readonly principalId: string };
    };
    readonly object: {
      readonly key: string;
      readonly size?: number;
      readonly eTag?: string;
      readonly versionId?: string;
      readonly sequencer: string;
    };
  };
};

export function recordsOf(body: string): readonly EventRecord[] {
  return JSON.parse(body).Records ?? [];
}
