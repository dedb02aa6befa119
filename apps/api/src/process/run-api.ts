import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createFirstToken } from "../auth/api-token.ts";
import { createAuthenticate } from "../auth/authenticate.ts";
import { startBackupScheduler } from "../backups/backup-scheduler.ts";
import type { Config } from "../config.ts";
import { createContainerUse } from "../containers/container-use.ts";
import { startReconciler } from "../containers/reconcile-containers.ts";
import { startContainerWatch } from "../containers/watch-containers.ts";
import { createAnswerOnce } from "../http/answer-once.ts";
import { createApiServer } from "../http/create-api-server.ts";
import { createApp } from "../http/create-app.ts";
import { createRateLimits } from "../http/rate-limits.ts";
import { openRequestHashKey } from "../http/request-hash-key.ts";
import { jobs } from "../jobs/index.ts";
import { startJobRunner } from "../jobs/job-runner.ts";
import { startCredentialSweep } from "../keys/sweep-credentials.ts";
import { createLogger } from "../logging/create-logger.ts";
import { startSampler } from "../metrics/sample-services.ts";
import { startNoticeDispatch } from "../notices/dispatch-notices.ts";
import { openContext } from "../open-context.ts";
import { createHandlers } from "../operations/index.ts";
import { createPassThrough } from "../pass-through/create-pass-through.ts";
import { ensureDefaultService } from "../services/default-service.ts";
import { startHealthMonitor } from "../services/health-monitor.ts";
import { createServiceClients } from "../services/service-clients.ts";
import { startHousekeeping } from "./housekeeping.ts";

const drainMs = 8_000;

export interface RunApiOptions {
  /** Called when requests are accepted. */
  readonly onReady: () => void;
}

/** The whole server: serves until it is told to stop, and leaves cleanly. */
export async function runApi(config: Config, { onReady }: RunApiOptions): Promise<void> {
  const logger = createLogger(config);
  const stop = untilStopped(); // before anybody is told that it is ready, and may stop it
  const context = await openContext(config, logger);
  try {
    const firstToken = await createFirstToken(context.database, context.now());
    await ensureDefaultService(context);
    const clients = createServiceClients(context);
    const stopping = new AbortController();
    const monitor = startHealthMonitor({ ...context, clients });
    const containerUse = createContainerUse(context);
    const containerWatch = startContainerWatch({ ...context, clients });
    const housekeeping = startHousekeeping(context);
    const reconciler = startReconciler({ ...context, clients });
    const runner = startJobRunner(
      { ...context, clients },
      { jobs, onStep: endAt(process.env.STAVE_API_DANGEROUS_END_AT) },
    );
    const sampler = startSampler({ ...context, clients, containerUse });
    const notices = startNoticeDispatch(context, runner.wake);
    const app = createApp({
      handlers: createHandlers({ ...context, clients, containerUse, wakeJobs: runner.wake, stopping: stopping.signal }),
      authenticate: createAuthenticate(context),
      addAuditEntry: (entry) => context.database.audit.add(entry),
      answerOnce: createAnswerOnce(context, await openRequestHashKey(context)),
      limits: createRateLimits({ perMinute: config.rateLimit }),
      logger,
      trustedProxies: config.trustedProxies,
    });
    const passThrough = createPassThrough({
      gatewayUrl: config.gatewayUrl,
      isTrusted: app.get("trust proxy fn"),
      logger,
    });
    const server = createApiServer({ app, passThrough });
    server.listen(config.port, config.host);
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const endpoint = `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${port}`;
    if (firstToken !== undefined) {
      process.stdout.write(`administrator token (shown this once): ${firstToken}\n`);
    }
    process.stdout.write(`ready ${endpoint}\n`);
    onReady();
    const scheduler = startBackupScheduler({ ...context, wakeJobs: runner.wake });
    const credentialSweep = startCredentialSweep({ ...context, clients });

    await stop;
    logger.info("stopping");
    stopping.abort();
    const closed = once(server, "close");
    server.close();
    // A connection that becomes idle after its last answer would keep the server open until its client goes.
    const sweep = setInterval(() => server.closeIdleConnections(), 100);
    const deadline = setTimeout(() => server.closeAllConnections(), drainMs);
    await closed;
    clearInterval(sweep);
    clearTimeout(deadline);
    const parts = [
      runner,
      monitor,
      housekeeping,
      credentialSweep,
      scheduler,
      reconciler,
      containerWatch,
      sampler,
      notices,
    ];
    await Promise.all(parts.map((part) => part.stop()));
    passThrough.close();
    clients.close();
  } finally {
    await context.close();
  }
}

/** For tests of what a crash leaves behind: ends the process, as SIGKILL does, when this step of a job was stored. */
function endAt(step: string | undefined): (name: string) => void {
  return (name) => {
    if (name === step) process.kill(process.pid, "SIGKILL");
  };
}

/** Resolves at the first SIGTERM or SIGINT. */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    process.on("SIGTERM", () => resolve()).on("SIGINT", () => resolve());
  });
}
