import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { toVaultKey } from "@stave/credential-vault";
import { createMemoryStore, type ObjectStore } from "@stave/object-store";
import { loadChecksums } from "@stave/s3-checksum";
import { type AccessLog, createAccessLog } from "../../src/access-log/create-access-log.ts";
import { createFixedIdentities, type Identities } from "../../src/auth/identities.ts";
import type { ObjectOwnership } from "../../src/configuration/access-rules.ts";
import type { MasterKeys } from "../../src/encryption/master-keys.ts";
import type { WebhookTarget } from "../../src/events/webhook-targets.ts";
import { createWebhooks } from "../../src/events/webhooks.ts";
import { createGateway } from "../../src/gateway/create-gateway.ts";
import type { GatewayOptions } from "../../src/gateway/gateway-options.ts";
import type { RequestRecord } from "../../src/gateway/request-record.ts";
import { realDayMs } from "../../src/lifecycle/due-date.ts";
import { createRemotes, type Remote } from "../../src/replication/remotes.ts";
import { ann, bob } from "./start-gateway.ts";

export interface MemoryGatewayOptions {
  /** @default "us-east-1" */
  readonly region?: string;
  /** @default 5 GiB */
  readonly maxObjectBytes?: number;
  /** @default 60,000 */
  readonly idleTimeoutMs?: number;
  /** @default the accounts of `start-gateway.ts` and their keys */
  readonly identities?: Identities;
  /** @default "ObjectWriter" */
  readonly objectOwnership?: ObjectOwnership;
  /** @default none */
  readonly webhookTargets?: readonly WebhookTarget[];
  /** @default none */
  readonly remotes?: readonly Remote[];
  /** Whatever else a gateway takes, proxies and limits above all. @default what it does by itself */
  readonly gateway?: Partial<GatewayOptions>;
  /** Stands in for, or around, the memory store. */
  readonly wrapStore?: (store: ObjectStore) => ObjectStore;
}

export type MemoryGateway = {
  readonly port: number;
  readonly store: ObjectStore;
  /** Of every request that is over. */
  readonly accessLog: AccessLog;
  readonly records: readonly RequestRecord[];
  /** The next request that ends from now on. */
  nextRecord(): Promise<RequestRecord>;
  openConnections(): Promise<number>;
  close(): Promise<void>;
};

const testKey = toVaultKey(Buffer.alloc(32, "master key of a test"));
/** What every gateway of this kind encrypts with. */
export const testKeys: MasterKeys = { current: () => testKey, find: (id) => (id === testKey.id ? testKey : undefined) };

/** The gateway in this process, over a store in memory, with the accounts of `start-gateway.ts`. */
export async function startMemoryGateway(options: MemoryGatewayOptions = {}): Promise<MemoryGateway> {
  const { region = "us-east-1", maxObjectBytes = 5 * 1024 ** 3, idleTimeoutMs = 60_000 } = options;
  await loadChecksums();
  const memory = createMemoryStore();
  const store = options.wrapStore?.(memory) ?? memory;
  const records: RequestRecord[] = [];
  let waiting: ((record: RequestRecord) => void)[] = [];
  const now = () => new Date();
  const remotes = createRemotes(options.remotes ?? [], { now });
  const accessLog = createAccessLog({ store, region, now, onRecords: () => {}, onError: () => {} });
  const server = createGateway({
    store,
    identities: options.identities ?? createFixedIdentities([ann, bob]),
    region,
    webhooks: createWebhooks(options.webhookTargets ?? [], { now }),
    remotes,
    masterKeys: testKeys,
    addressing: { mounts: ["/storage/v1/s3"], domains: ["localhost"] },
    websiteDomains: ["s3-website.localhost", "www.example.com"],
    accessLog,
    maxObjectBytes,
    idleTimeoutMs,
    ...(options.objectOwnership !== undefined && { objectOwnership: options.objectOwnership }),
    now,
    lifecycleDayMs: realDayMs,
    ...options.gateway,
    onRequest: (record) => {
      records.push(record);
      for (const resolve of waiting) resolve(record);
      waiting = [];
    },
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    store,
    accessLog,
    records,
    nextRecord: () => new Promise((resolve) => waiting.push(resolve)),
    openConnections: promisify(server.getConnections.bind(server)),
    close: async () => {
      server.close();
      server.closeAllConnections();
      remotes.close();
      if (server.listening) await once(server, "close");
      await accessLog.close();
    },
  };
}
