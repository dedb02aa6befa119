import { DockerServicesError } from "@stave/docker-services";
import { ignoreGone } from "../jobs/create-service.ts";
import type { StepContext } from "../jobs/define-job.ts";
import type { ReplacementData } from "../jobs/replace-container.ts";
import { serviceCredentials } from "../services/service-credentials.ts";
import { awaitHealthy, requireContainer } from "./container-steps.ts";
import { dockerIdOf } from "./open-docker.ts";
import { probeBucket, sweepProbe } from "./probe-server.ts";

/** Puts the old container back, from wherever the job has come to. What it could not put back is the state of the service. */
export async function goBack(context: StepContext, one: ReplacementData): Promise<void> {
  const { docker, database, actor } = context;
  const { serviceId, fromStatus, fromReason, isFinished } = one;
  if (isFinished === true) return;
  // It may have been made, and not have been written down.
  const found = one.replacement ?? (await docker.findReplacement(dockerIdOf(context, serviceId)));
  if (found === undefined) return;
  const { services } = database.as(actor);
  const fail = async (reason: string): Promise<void> => {
    await context.say(reason);
    await services.change(serviceId, { status: "failed", statusReason: reason }).catch(ignoreGone);
  };
  try {
    const old = await docker.rollbackReplacement(found);
    await context.say(`The old container is back, and is ${old.state}.`);
    if (old.state === "running") {
      await awaitHealthy(context, serviceId);
      await context.say("The old container is healthy, and serves again.");
      await sweep(context, serviceId);
    }
    await services.change(serviceId, { status: fromStatus, statusReason: fromReason ?? null });
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof DockerServicesError && error.code !== "Conflict") {
      // Docker is away, or somebody has taken the port: it goes on when that is over.
      await context.say(`The old container cannot come back now. ${error.message}`);
      throw error;
    }
    await fail(`The old container did not come back: start the service. ${String((error as Error).message)}`);
  }
}

/** What the probe has written is on the volume, which is that of the old container, too. */
async function sweep(context: StepContext, serviceId: number): Promise<void> {
  const { service } = await requireContainer(context, serviceId);
  const { endpoint } = service;
  if (endpoint === undefined) return;
  const credentials = await serviceCredentials(context, service);
  await sweepProbe({ service, endpoint, credentials, bucket: probeBucket(context) });
}
