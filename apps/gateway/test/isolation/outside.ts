import { createAddressRules } from "@stave/outgoing-requests";
import { type MemoryGatewayOptions, startMemoryGateway } from "../support/memory-gateway.ts";
import { createS3Client } from "../support/s3-client.ts";
import { ann } from "../support/start-gateway.ts";
import { startWebhookReceiver } from "../support/webhook-receiver.ts";

export type Outside = {
  /** What a gateway has to know to reach it. */
  readonly options: Pick<MemoryGatewayOptions, "webhookTargets" | "remotes">;
  /** Grows with everything that anybody is told. */
  heard(): number;
  close(): Promise<void>;
};

/** The servers that configurations name: one that takes events, and one that takes copies. */
export async function startOutside(): Promise<Outside> {
  const receiver = await startWebhookReceiver();
  const office = await startMemoryGateway();
  const s3 = createS3Client(office);
  const body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
  await s3.call({ method: "PUT", path: "/copies" });
  await s3.call({ method: "PUT", path: "/copies", query: { versioning: "" }, body });
  const addresses = createAddressRules(["127.0.0.0/8"]);
  const { accessKeyId, secretAccessKey } = ann;
  return {
    options: {
      webhookTargets: [{ name: "hook", url: new URL(receiver.url), secret: Buffer.alloc(32, 1), addresses }],
      remotes: [
        {
          name: "office",
          endpoint: new URL(`http://127.0.0.1:${office.port}`),
          region: "us-east-1",
          accessKeyId,
          secretAccessKey,
          sendsReplicaHeader: true,
          addresses,
        },
      ],
    },
    heard: () => receiver.requests.length + office.records.length,
    close: async () => {
      await receiver.close();
      await office.close();
    },
  };
}
