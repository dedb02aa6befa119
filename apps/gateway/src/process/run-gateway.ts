import { existsSync } from "node:fs";
import type { AccessKeyPair } from "@stave/credential-vault";
import { lockDataDirectory, openEmbeddedStore, type SweepReport, sweepDataDirectory } from "@stave/object-store";
import type { Logger } from "pino";
import type { Config } from "../config.ts";
import { createFirstAccount } from "../control/first-account.ts";
import { importUsers } from "../control/import-users.ts";
import { type Control, checkControl, controlDatabaseFile, openControl } from "../control/open-control.ts";
import { applyRootKey } from "../control/root-key.ts";
import { readRootKey } from "../control/root-key-setting.ts";
import { readUsersFile } from "../control/users-file.ts";
import type { PlanQuery } from "../lifecycle/show-plan.ts";
import { type KeyUsage, openKeyUsage } from "../usage/key-usage.ts";
import { createAdminGate } from "./admin-call.ts";
import { createAdminToken, removeAdminFile, writeAdminFile } from "./admin-file.ts";
import { startAdminListener } from "./admin-listener.ts";
import { createKeyUsageRoute } from "./key-usage-route.ts";
import { createLogger } from "./logger.ts";
import type { Plan } from "./plan-messages.ts";
import { createPlanRoute } from "./plan-route.ts";
import { type CallQuota, quotaOf } from "./quota-messages.ts";
import { createQuotaRoute } from "./quota-route.ts";
import { readReceivers } from "./receivers.ts";
import { serve } from "./serve.ts";
import { untilStopped } from "./until-stopped.ts";
import { UsageError } from "./usage-error.ts";
import { type ReadUsage, usageOf } from "./usage-messages.ts";
import { createUsageRoute } from "./usage-route.ts";
import { welcome } from "./welcome.ts";
import { type Refusals, refusalsOf } from "./why-messages.ts";
import { createWhyRoute } from "./why-route.ts";
import { startWorkers } from "./worker-pool.ts";

type Service = {
  readonly port: number;
  isReady(): boolean;
  metrics(): Promise<string>;
  /** Removes what a crash left behind. */
  sweep(): Promise<SweepReport>;
  /** What lifecycle rules would do. */
  plan(query: PlanQuery): Plan;
  /** What serving processes have refused, and why. */
  readonly refusals: Refusals;
  /** What buckets hold. */
  readonly usage: ReadUsage;
  /** What buckets may hold. */
  readonly quota: CallQuota;
  /** What was asked with which key. */
  readonly keyUsage: KeyUsage["list"];
  drain(): Promise<void>;
};

/** What a crash may forget. */
const keepKeyUsageMs = 60_000;

/** The whole server: takes the data directory, serves until it is told to stop, and leaves cleanly. */
export async function runGateway(config: Config): Promise<void> {
  const stop = untilStopped(); // before anybody is told that it is ready, and may stop it
  const logger = createLogger(config.logLevel);
  readReceivers(config); // each serving process reads them again; a mistake is to be told once, and as one
  await checkControl(config);
  const lock = await lockDataDirectory(config.dataDirectory);
  try {
    const { control, firstKey } = await prepareControl(config, logger);
    const keyUsage = await openKeyUsage({ dataDirectory: config.dataDirectory, now: () => new Date() });
    const service = await startService(config, control, { logger, keyUsage });
    const saveKeyUsage = () =>
      keyUsage
        .save()
        .catch((error: unknown) => logger.warn({ err: error }, "the use of access keys could not be saved"));
    const keeping = setInterval(saveKeyUsage, keepKeyUsageMs).unref();
    const token = createAdminToken();
    const admin = await startAdminListener({
      port: config.adminPort,
      isReady: service.isReady,
      metrics: service.metrics,
      openCall: createAdminGate({ token, region: config.region, now: () => new Date() }),
      routes: [
        createPlanRoute(service.plan),
        createWhyRoute(service.refusals),
        createUsageRoute(service.usage),
        createQuotaRoute(service.quota),
        createKeyUsageRoute(service.keyUsage),
      ],
    });
    await writeAdminFile(config.dataDirectory, { url: admin.url, token, region: config.region }).catch(
      (error: unknown) => {
        // On a full disk a server still has to start.
        logger.warn(
          { err: error },
          "admin.json could not be written: `lifecycle --dry-run` and `why` will not find this server",
        );
      },
    );
    const endpoint = `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${service.port}`;
    logger.info({ endpoint, admin: admin.url, workers: config.workers, dataDirectory: config.dataDirectory }, "ready");
    if (config.welcome) process.stdout.write(welcome({ config, endpoint, firstKey, admin: admin.url }));
    process.stdout.write(`ready ${endpoint}\n`);
    const sweep = sweepInBackground(service, logger);

    await stop;
    logger.info("stopping");
    await sweep;
    await service.drain();
    clearInterval(keeping);
    await saveKeyUsage();
    await admin.close();
    await removeAdminFile(config.dataDirectory).catch(() => {}); // nobody answers there: that is noticed
  } finally {
    await lock.release();
  }
  logger.info("stopped");
}

/** Refuses a start without the key that stored secrets and objects need, before any worker does. Makes the first account. */
async function prepareControl(
  config: Config,
  logger: Logger,
): Promise<{ readonly control: Control; readonly firstKey: AccessKeyPair | undefined }> {
  const users = config.usersFile === undefined ? undefined : readUsersFile(config.usersFile);
  const rootKey = readRootKey(config);
  if (users === undefined && !existsSync(controlDatabaseFile(config.dataDirectory))) await refuseLostOwners(config);
  const control = await openControl(config);
  try {
    if (users !== undefined) await importUsers(control, users, logger);
    if (rootKey !== undefined) await applyRootKey(control, rootKey);
    const accounts = await control.database.as("system").accounts.list({ limit: 1 });
    const firstKey = accounts.length === 0 ? await createFirstAccount(control) : undefined;
    return { control, firstKey };
  } catch (error) {
    await control.close();
    throw error;
  }
}

/** New keys would start a new account, and it would look as if all buckets were gone. */
async function refuseLostOwners({ dataDirectory }: Config): Promise<void> {
  const store = await openEmbeddedStore({ directory: dataDirectory });
  const { buckets } = await store.listBuckets({ maxBuckets: 1 }).finally(() => store.close());
  if (buckets.length === 0) return;
  throw new UsageError(
    `${controlDatabaseFile(dataDirectory)} is missing, but the data directory holds buckets whose owners it names. Restore it with its key file, or name the accounts with --users.`,
  );
}

async function startService(
  config: Config,
  control: Control,
  { logger, keyUsage }: { readonly logger: Logger; readonly keyUsage: KeyUsage },
): Promise<Service> {
  if (config.workers > 1) {
    await control.close(); // each worker has its own
    const pool = await startWorkers(config.workers, logger, keyUsage);
    return {
      port: pool.port,
      isReady: pool.isComplete,
      metrics: pool.metrics,
      drain: pool.drain,
      plan: pool.plan,
      refusals: pool.refusals,
      usage: pool.usage,
      quota: pool.quota,
      keyUsage: keyUsage.list,
      sweep: () => sweepDataDirectory(config.dataDirectory),
    };
  }
  const serving = await serve(config, control, logger);
  serving.maintain();
  let isReady = true;
  const countNow = () => keyUsage.add(serving.keyTally.take());
  const counting = setInterval(countNow, keepKeyUsageMs).unref();
  return {
    port: serving.port,
    isReady: () => isReady,
    metrics: () => serving.metrics.text(),
    sweep: () => serving.store.sweepOrphans(),
    plan: serving.plan,
    refusals: refusalsOf(serving.explainer),
    usage: usageOf(serving.store),
    quota: quotaOf(serving.store),
    keyUsage: (query) => {
      countNow();
      return keyUsage.list(query);
    },
    drain: async () => {
      isReady = false;
      await serving.drain();
      clearInterval(counting);
      countNow();
    },
  };
}

/** Nothing waits for it: what it removes is invisible already. */
async function sweepInBackground(service: Service, logger: Logger): Promise<void> {
  try {
    logger.info(await service.sweep(), "swept");
  } catch (error) {
    logger.error({ err: error }, "the sweep for files of interrupted uploads failed; it runs again at the next start");
  }
}
