import { generateAccessKey } from "@stave/credential-vault";
import type { StepContext } from "../jobs/define-job.ts";
import { serviceCredentials } from "../services/service-credentials.ts";
import { openSpec, type StoredSpec, sealSpec } from "./container-spec.ts";
import { requireContainer } from "./container-steps.ts";

/** Makes a new root key and seals it beside the present one, unless that is done. */
export async function beginRotation(
  context: StepContext,
  serviceId: number,
): Promise<{ readonly accessKeyId: string; readonly previousAccessKeyId: string }> {
  const { service, container } = await requireContainer(context, serviceId);
  const stored = await openSpec(context, container);
  const { next, previous } = stored.rotation ?? {
    next: newKey(),
    previous: await serviceCredentials(context, service),
  };
  if (stored.rotation === undefined) await store(context, serviceId, { ...stored, rotation: { next, previous } });
  await context.say(`The new root key is ${next.accessKeyId}.`);
  return { accessKeyId: next.accessKeyId, previousAccessKeyId: previous.accessKeyId };
}

/** Undefined: its key is not changed. */
export async function readRotation(context: StepContext, serviceId: number): Promise<StoredSpec["rotation"]> {
  const { container } = await requireContainer(context, serviceId);
  return (await openSpec(context, container)).rotation;
}

/** Forgets the pair that does not count. */
export async function endRotation(context: StepContext, serviceId: number): Promise<void> {
  const container = await context.database.as("system").containers.find(serviceId);
  if (container === undefined) return;
  const { rotation, ...stored } = await openSpec(context, container);
  if (rotation !== undefined) await store(context, serviceId, stored);
}

async function store(context: StepContext, serviceId: number, spec: StoredSpec): Promise<void> {
  const specEnvelope = await sealSpec(context, serviceId, spec);
  await context.database.as(context.actor).containers.change(serviceId, { specEnvelope });
}

function newKey() {
  const { accessKeyId, secretAccessKey } = generateAccessKey();
  return { accessKeyId, secretAccessKey };
}
