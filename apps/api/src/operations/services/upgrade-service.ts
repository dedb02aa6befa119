import type { ContainerRecord, ServiceRecord, ServiceVersion } from "@stave/control-database";
import { changeSpec, engineOfSpec, openSpec, type Snapshot } from "../../containers/container-spec.ts";
import { orDockerProblem } from "../../containers/docker-problem.ts";
import { requireImageOf } from "../../containers/engine-of.ts";
import { dockerIdOf } from "../../containers/open-docker.ts";
import { requireDocker, withPatience } from "../../containers/require-docker.ts";
import type { OperationContext } from "../../context.ts";
import type { Caller } from "../../http/caller.ts";
import type { ApiAnswer, Handler } from "../../http/handler.ts";
import { orProblem } from "../../http/or-problem.ts";
import { Problem } from "../../http/problem.ts";
import { type NewReplacement, replaceContainerJob } from "../../jobs/replace-container.ts";
import { showService } from "../../services/show-service.ts";
import { refuseBusy } from "../containers/refuse-busy.ts";
import { findService } from "./find-service.ts";

export function upgradeService(context: OperationContext): Handler<"upgradeService"> {
  return async ({ caller, params, body }) => {
    const { service, container } = await findReplaceable(context, params.id);
    const { docker_image: image, pull: isFetched, health_timeout_seconds: seconds } = body;
    requireImageOf(engineOfSpec(service, await openSpec(context, container)), image);
    if (body.backup !== undefined) await requireBackupable(context, service, caller, body.backup.destination_id);
    await requireDocker(context);
    const wish = {
      reason: "upgrade" as const,
      image,
      isFetched,
      snapshot: body.snapshot,
      healthTimeoutMs: seconds * 1000,
      ...(body.backup !== undefined && {
        backup: { destinationId: body.backup.destination_id, withVersions: body.backup.with_versions },
      }),
    };
    return await begin(context, service, { actor: caller.actor, wish });
  };
}

export function rollbackService(context: OperationContext): Handler<"rollbackService"> {
  return async ({ caller, params, body }) => {
    const { version_id: id, restore_snapshot: restores, health_timeout_seconds: seconds } = body;
    const { service, container } = await findReplaceable(context, params.id);
    if (restores && id !== undefined) {
      const detail = "Expected version_id or restore_snapshot, not both: a snapshot has a version of its own.";
      throw new Problem("UNPROCESSABLE", {
        detail,
        errors: [{ pointer: "/version_id", code: "not_with_restore_snapshot", message: detail }],
      });
    }
    if (restores) {
      const wish = await restoreWish(context, { service, container }, body.confirm);
      await requireDocker(context);
      return await begin(context, service, {
        actor: caller.actor,
        wish: { ...wish, healthTimeoutMs: seconds * 1000 },
      });
    }
    const versions = await context.database.as("system").serviceVersions.list(service.id);
    const others = versions.filter(({ imageId }) => imageId !== container.imageId);
    const [version] = id === undefined ? others : versions.filter((one) => one.id === id);
    if (version === undefined) throw noVersion(service, id);
    if (version.imageId === container.imageId) {
      throw new Problem("CONFLICT", { detail: `${service.name} runs this version already.` });
    }
    await requireDocker(context);
    const { image, imageId, imageDigest } = version;
    const wish = {
      reason: "rollback" as const,
      image,
      ...(imageId !== undefined && { imageId }),
      ...(imageDigest !== undefined && { imageDigest }),
      healthTimeoutMs: seconds * 1000,
    };
    return await begin(context, service, { actor: caller.actor, wish });
  };
}

async function restoreWish(
  context: OperationContext,
  { service: { name }, container }: { readonly service: ServiceRecord; readonly container: ContainerRecord },
  confirm: string | undefined,
): Promise<ReplacementWish> {
  const { snapshot: restores } = await openSpec(context, container);
  if (restores === undefined) {
    const nextActions = ["Ask for one with the next upgrade: snapshot: true.", "Or restore a backup."];
    throw new Problem("CONFLICT", { detail: `${name} has no snapshot.`, nextActions });
  }
  if (confirm !== name) {
    const detail = `What was written since ${restores.takenAt} is not in ${name} any more: expected its name as confirm.`;
    throw new Problem("UNPROCESSABLE", {
      detail,
      errors: [{ pointer: "/confirm", code: "not_confirmed", message: detail }],
    });
  }
  const { image, imageId, imageDigest } = restores;
  return {
    reason: "rollback",
    restores,
    image,
    ...(imageId !== undefined && { imageId }),
    ...(imageDigest !== undefined && { imageDigest }),
  };
}

/** Of one that Stave has not made only the note goes. */
export function deleteServiceSnapshot(context: OperationContext): Handler<"deleteServiceSnapshot"> {
  return async ({ caller: { actor }, params: { id } }) => {
    const { container } = await findReplaceable(context, id);
    await refuseBusy(context, id);
    const { snapshot } = await openSpec(context, container);
    if (snapshot === undefined) throw new Problem("NOT_FOUND", { detail: "There is no snapshot." });
    const { volume: name, isAdopted } = snapshot;
    const serviceId = dockerIdOf(context, id);
    if (!isAdopted) {
      await orDockerProblem(withPatience((signal) => context.docker.removeVolume({ name, serviceId, signal })));
    }
    await changeSpec(context, { serviceId: id, actor }, ({ snapshot: _, ...spec }) => spec);
    return { status: 204 };
  };
}

export function listServiceVersions(context: OperationContext): Handler<"listServiceVersions"> {
  return async ({ params }) => {
    const service = await findService(context, params.id);
    const container = await requireRow(context, service);
    const versions = await context.database.as("system").serviceVersions.list(service.id);
    // Nothing is written down before there is a second one.
    const known = versions.length > 0 ? versions : [firstOf(service, container)];
    const current = known.find(({ imageId }) => imageId === container.imageId)?.id;
    const { snapshot } = await openSpec(context, container);
    const body = {
      versions: known.map((version) => showVersion(version, current)),
      snapshot: snapshot === undefined ? null : showSnapshot(snapshot),
    };
    return { status: 200, body };
  };
}

/** Throws a {@link Problem} for what runs in no container of ours, and for what is just being made or deleted. */
export async function findReplaceable(
  context: OperationContext,
  id: number,
): Promise<{ readonly service: ServiceRecord; readonly container: ContainerRecord }> {
  const service = await findService(context, id);
  const container = await requireRow(context, service);
  const { status, name } = service;
  if (status === "running" || status === "stopped" || status === "failed") return { service, container };
  throw new Problem("CONFLICT", { detail: `The service ${name} is ${status}.` });
}

async function requireBackupable(
  { database }: OperationContext,
  { status, name }: ServiceRecord,
  { permissions }: Pick<Caller, "permissions">,
  destinationId: string,
): Promise<void> {
  if (!permissions.has("backups:create")) {
    throw new Problem("PERMISSION_DENIED", { detail: "A backup needs the permission backups:create." });
  }
  if (status !== "running") {
    throw new Problem("CONFLICT", { detail: `Only a running service is backed up: ${name} is ${status}.` });
  }
  if ((await database.as("system").backupDestinations.find(destinationId)) !== undefined) return;
  throw new Problem("NOT_FOUND", { detail: "There is no such destination." });
}

async function requireRow({ database }: OperationContext, { id, name, engine }: ServiceRecord) {
  const container = await database.as("system").containers.find(id);
  if (container !== undefined) return container;
  const detail = `The service ${name} runs in no container of this installation: its engine is ${engine}.`;
  throw new Problem("CONFLICT", { detail });
}

export type ReplacementWish = Omit<NewReplacement, "serviceId" | "fromStatus" | "fromReason">;

/** The job that puts another container in the place of the one that there is. Throws a {@link Problem} when it is being worked on. */
export async function beginReplacement(
  context: OperationContext,
  { id, status, statusReason }: ServiceRecord,
  { actor, wish }: { readonly actor: string; readonly wish: ReplacementWish },
) {
  const from = { fromStatus: status, ...(statusReason !== undefined && { fromReason: statusReason }) };
  const data = { serviceId: id, ...from, ...wish };
  const { jobs } = context.database.as(actor);
  const job = await orProblem(jobs.create({ type: replaceContainerJob.type, subject: `service:${id}`, data }));
  context.wakeJobs();
  return job;
}

async function begin(
  context: OperationContext,
  service: ServiceRecord,
  input: Parameters<typeof beginReplacement>[2],
): Promise<ApiAnswer<typeof import("@stave/api-contract").routes["upgradeService"]>> {
  const { id } = await beginReplacement(context, service, input);
  return {
    status: 202,
    headers: { location: `/api/jobs/${id}` },
    body: { job_id: id, service: showService(context, service) },
  };
}

function noVersion({ name }: ServiceRecord, id: string | undefined): Problem {
  if (id !== undefined) return new Problem("NOT_FOUND", { detail: `There is no such version of ${name}.` });
  return new Problem("CONFLICT", { detail: `${name} has run no other image: there is nothing to go back to.` });
}

function firstOf({ id, createdAt }: ServiceRecord, { image, imageId, imageDigest }: ContainerRecord): ServiceVersion {
  return {
    id: "first",
    serviceId: id,
    image,
    ...(imageId !== undefined && { imageId }),
    ...(imageDigest !== undefined && { imageDigest }),
    reason: "created",
    since: createdAt,
  };
}

function showSnapshot({ volume, takenAt, image, imageId, sizeBytes, jobId }: Snapshot) {
  return {
    volume,
    taken_at: takenAt,
    image,
    image_id: imageId ?? null,
    size_bytes: sizeBytes ?? null,
    job_id: jobId,
  };
}

function showVersion(version: ServiceVersion, current: string | undefined) {
  return {
    id: version.id,
    image: version.image,
    image_id: version.imageId ?? null,
    image_digest: version.imageDigest ?? null,
    reason: version.reason,
    is_current: version.id === current,
    since: version.since.toISOString(),
    job_id: version.jobId ?? null,
  };
}
