import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { type EmbeddedStore, openEmbeddedStore } from "@stave/object-store";
import { loadChecksums } from "@stave/s3-checksum";
import type { Logger } from "pino";
import { createAccessLog } from "../access-log/create-access-log.ts";
import { createStoredIdentities } from "../auth/stored-identities.ts";
import type { Config } from "../config.ts";
import { withKnownBuckets } from "../control/known-buckets.ts";
import type { Control } from "../control/open-control.ts";
import { createSessions } from "../control/sessions.ts";
import { S3Error } from "../errors/s3-error.ts";
import { toS3Error } from "../errors/to-s3-error.ts";
import type { MessagePump } from "../events/message-pump.ts";
import { createWebhooks } from "../events/webhooks.ts";
import { createExplainer, type Explainer } from "../explain/create-explainer.ts";
import { createRefusalKeeper } from "../explain/refusal-keeper.ts";
import { createRefusalRing } from "../explain/refusal-ring.ts";
import type { RefusedRequest } from "../explain/refused-request.ts";
import { createGateway } from "../gateway/create-gateway.ts";
import { type PlanQuery, showPlan } from "../lifecycle/show-plan.ts";
import type { RateLimits } from "../limits/rate-limits.ts";
import { createRemotes } from "../replication/remotes.ts";
import { createKeyTally, type KeyTally } from "../usage/key-tally.ts";
import { configuredNetwork, configuredRateLimits } from "./configured-limits.ts";
import { createLifecycleRecord } from "./lifecycle-record.ts";
import { logRequest } from "./logger.ts";
import { type Maintenance, startMaintenance } from "./maintenance.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import type { Plan } from "./plan-messages.ts";
import { readReceivers } from "./receivers.ts";
import { startMessages } from "./start-messages.ts";

/** The second mount: where the api passes S3 through, and where some deployments expect it. */
const mounts = ["/storage/v1/s3"];
const idleTimeoutMs = 60_000;
/** Requests under way get this long to finish; the process must be gone within 10 s of SIGTERM. */
const drainMs = 8_000;

export type Serving = {
  readonly port: number;
  readonly metrics: Metrics;
  /** What was asked of this process with each access key. */
  readonly keyTally: KeyTally;
  readonly store: EmbeddedStore;
  /** Of what this process has refused. */
  readonly explainer: Explainer;
  /** Undefined when nothing is limited. */
  readonly rateLimits: RateLimits | undefined;
  /** Does the upkeep of the stored bytes from now on: in one process of all. */
  maintain(): void;
  /** What lifecycle rules would do. */
  plan(query: PlanQuery): Plan;
  /** Takes no more connections, lets requests finish, then closes the store. */
  drain(): Promise<void>;
};

/**
 * Serves S3 from this process. The data directory must be locked, by this process or the one that forked it. `control` is closed with the
 * rest.
 */
export async function serve(config: Config, control: Control, logger: Logger): Promise<Serving> {
  const masterKeys = control.objectKeys;
  await loadChecksums();
  const metrics = createMetrics();
  const keyTally = createKeyTally();
  const now = () => new Date();
  const receivers = readReceivers(config);
  const webhooks = createWebhooks(receivers.webhooks, { now });
  const remotes = createRemotes(receivers.remotes, { now });
  const dayMs = config.dangerousLifecycleDaySeconds * 1000;
  const identities = await createStoredIdentities(control, {
    now,
    onError: (error, problem) => logger.warn({ err: error }, problem),
  });
  const store = withKnownBuckets(
    await openEmbeddedStore({ directory: config.dataDirectory, ownerQuota: identities.quotaOf }),
    control.database.as("gateway").bucketRemovals,
  );
  const accessLog = createAccessLog({
    store,
    region: config.region,
    now,
    onRecords: metrics.logged,
    onError: (error, target) => {
      // An S3Error is about what the owner of the bucket has set up, which the operator cannot put right.
      const level = error instanceof S3Error ? "warn" : "error";
      logger[level]({ ...target, err: error }, "access records could not be stored");
    },
  });
  const refusals = createRefusalRing<RefusedRequest>();
  const explaining = {
    refusals,
    findKey: identities.findKey,
    region: config.region,
    mounts,
    hosts: [...config.domains, ...(config.publicHosts ?? [])],
  };
  const rateLimits = configuredRateLimits(config, metrics.limits);
  const server = createGateway({
    store,
    accessLog,
    refusals: createRefusalKeeper(explaining),
    identities,
    sessions: createSessions(control, { now }),
    region: config.region,
    webhooks,
    remotes,
    masterKeys,
    addressing: { mounts, domains: config.domains },
    websiteDomains: config.websiteDomains,
    ...configuredNetwork(config, metrics.limits),
    rateLimits,
    maxObjectBytes: config.maxObjectBytes,
    objectOwnership: config.objectOwnership,
    idleTimeoutMs,
    now,
    async recordOperation(entry) {
      try {
        await control.database.audit.add(entry);
      } catch (error) {
        // It has been done, and cannot be undone for a record's sake.
        metrics.auditFailed();
        logger.error({ err: error, entry }, "a change of a bucket could not be written to the audit log");
      }
    },
    lifecycleDayMs: dayMs,
    onRequest: (record) => {
      metrics.record(record);
      keyTally.record(record);
      logRequest(logger, record);
    },
  });
  try {
    server.listen(config.port, config.host);
    await once(server, "listening");
  } catch (error) {
    await accessLog.close();
    await store.close();
    await identities.close();
    throw error;
  }
  metrics.limits.watchConnections(promisify(server.getConnections.bind(server)));
  let maintenance: Maintenance | undefined;
  let messages: MessagePump | undefined;
  return {
    port: (server.address() as AddressInfo).port,
    metrics,
    keyTally,
    store,
    explainer: createExplainer({
      ...explaining,
      accounts: identities.accounts,
      findKeyState: async (accessKeyId) => {
        const info = await control.accessKeys.find(accessKeyId);
        return info && { ...info, isSuspended: await identities.accounts.isSuspended(info.ownerId) };
      },
    }),
    rateLimits,
    maintain() {
      const { scrubMibPerSecond, dataDirectory, lifecycleIntervalSeconds } = config;
      const intervalMs = lifecycleIntervalSeconds === undefined ? dayMs : lifecycleIntervalSeconds * 1000;
      const lifecycle = { dayMs, intervalMs, record: createLifecycleRecord(dataDirectory) };
      maintenance ??= startMaintenance({ store, metrics: metrics.maintenance, logger, scrubMibPerSecond, lifecycle });
      const { region } = config;
      messages ??= startMessages({
        store,
        masterKeys,
        webhooks,
        remotes,
        region,
        metrics: metrics.events,
        logger,
        now,
      });
    },
    async *plan(query) {
      try {
        yield* showPlan(store, query, dayMs);
      } catch (error) {
        if (toS3Error(error).status >= 500) logger.error({ err: error }, "a plan of lifecycle rules failed");
        throw error;
      }
    },
    drain: async () => {
      await Promise.all([drain(server), maintenance?.stop(), messages?.stop()]);
      remotes.close();
      await accessLog.close();
      await store.close();
      await identities.close();
      await control.close();
    },
  };
}

async function drain(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  // A connection that becomes idle after its last answer would keep the server open until its client goes.
  const sweep = setInterval(() => server.closeIdleConnections(), 100);
  const deadline = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(deadline);
}
